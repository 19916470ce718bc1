const KEY = 'postern-single-keys-off';

/** Whether keys without Ctrl open something; kept as long as the tab. */
export const singleKeys = {
  areOn: (): boolean => {
    try {
      return sessionStorage.getItem(KEY) === null;
    } catch {
      return true;
    }
  },
  set: (on: boolean): void => {
    try {
      if (on) sessionStorage.removeItem(KEY);
      else sessionStorage.setItem(KEY, '1');
    } catch {
      // No storage: they stay on.
    }
  },
};
