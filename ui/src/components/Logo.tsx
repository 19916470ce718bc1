import { text } from '../text/en';
import classes from './Logo.module.css';

/** A postern: the small door in the big wall. */
export function LogoMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <rect width="32" height="32" rx="9" fill="#0f766e" />
      <path d="M8.5 25V14.5a7.5 7.5 0 0 1 15 0V25" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
      <path d="M12.9 25v-9.9a3.1 3.1 0 0 1 6.2 0V25z" fill="#8fe0d2" />
    </svg>
  );
}

export function Logo() {
  return (
    <span className={classes.root}>
      <LogoMark />
      {text.product}
    </span>
  );
}
