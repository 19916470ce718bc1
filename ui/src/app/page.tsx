import { lazy, useState, type ComponentType } from 'react';

/**
 * A page whose file is fetched when it is first needed. One that is here already is shown at once: React's lazy() would put
 * its fallback before it, and keep that for half a second.
 */
export function page<P extends object>(fetchFile: () => Promise<{ default: ComponentType<P> }>) {
  let here: ComponentType<P> | undefined;
  const load = async () => {
    const file = await fetchFile();
    here = file.default;
    return file;
  };
  const Lazy = lazy(load) as unknown as ComponentType<P>;
  function Page(props: P) {
    const [Shown] = useState(() => here ?? Lazy);
    return <Shown {...props} />;
  }
  return { load, Page };
}
