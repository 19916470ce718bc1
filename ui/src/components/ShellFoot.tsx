import { AccountMenu } from './AccountMenu';
import { ColorSchemeControl } from './ColorSchemeControl';

/** The end of the navigation. A file of its own: nobody needs it before the view. */
export default function ShellFoot() {
  return (
    <>
      <ColorSchemeControl />
      <AccountMenu />
    </>
  );
}
