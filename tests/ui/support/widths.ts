import { test } from './page';

type Options = Parameters<typeof test.use>[0];

/** A phone's width, for what is played there alone. */
export const PHONE = { viewport: { width: 360, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true } as const;

const WIDTHS: { name: string; options: Options }[] = [
  { name: 'on a desktop', options: { viewport: { width: 1360, height: 860 } } },
  { name: 'on a phone', options: PHONE },
];

/** The same tests at both widths; `look` begins the names of their pictures. */
export function atEachWidth(tests: (look: 'desktop' | 'phone') => void): void {
  for (const { name, options } of WIDTHS) {
    test.describe(name, () => {
      test.use(options);
      tests(name === 'on a phone' ? 'phone' : 'desktop');
    });
  }
}
