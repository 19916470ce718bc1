import type { Setting } from '../../api/server';
import { operations } from '../../text/en/operations';
import { whole } from '../../text/number';

const text = operations.limits;

/** Settings by their section, those only of which name or help has the wanted text. */
export function sectionsOf(settings: readonly Setting[], wanted: string): [section: string, settings: Setting[]][] {
  const sections = new Map<string, Setting[]>();
  const part = wanted.trim().toLowerCase();
  for (const setting of settings) {
    if (!`${setting.name} ${setting.help}`.toLowerCase().includes(part)) continue;
    const name = setting.name.split('.')[0] ?? setting.name;
    sections.set(name, [...(sections.get(name) ?? []), setting]);
  }
  return [...sections];
}

/** With its unit; bytes in the largest unit that leaves a whole number. */
export function valueOf({ value, unit }: Pick<Setting, 'value' | 'unit'>): string {
  if (typeof value === 'boolean') return value ? text.on : text.off;
  if (typeof value === 'string') return value === '' ? text.empty : value;
  if (unit === 'bytes') {
    const units = ['bytes', 'KiB', 'MiB', 'GiB'];
    let n = value;
    let i = 0;
    while (n >= 1024 && n % 1024 === 0 && i < 3) {
      n /= 1024;
      i++;
    }
    return `${whole(n)} ${units[i]}`;
  }
  return unit ? `${whole(value)} ${unit}` : whole(value);
}
