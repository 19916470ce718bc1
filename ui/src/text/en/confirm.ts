/** Questions before something is destroyed, and what is said in forms of all kinds. */
export const text = {
  title: (what: string) => `Delete ${what}?`,
  lead: (name: string) => `“${name}” will be deleted for good:`,
  leadAlone: (name: string) => `“${name}” will be deleted for good.`,
  warning: 'This cannot be undone.',
  units: { s: 'seconds', min: 'minutes', h: 'hours', d: 'days' },
  unitOf: (what: string) => `Unit of ${what.toLowerCase()}`,
  noNumber: 'Enter a whole number',
  unsaved: 'Changes are not saved yet',
} as const;
