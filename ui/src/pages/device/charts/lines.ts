/** How the lines of a chart are told apart: by colour and, for those who see few of them, by dashes. */
export interface Look {
  light: string;
  dark: string;
  /** Pixels on and off; empty: a whole line. */
  dash: number[];
}

const looks: Look[] = [
  { light: '#0f766e', dark: '#4fb8ab', dash: [] },
  { light: '#c2410c', dark: '#fdba74', dash: [] },
  { light: '#4338ca', dark: '#a5b4fc', dash: [8, 3] },
  { light: '#be185d', dark: '#f9a8d4', dash: [8, 3] },
  { light: '#3f6212', dark: '#bef264', dash: [2, 3] },
  { light: '#0369a1', dark: '#7dd3fc', dash: [2, 3] },
  { light: '#713f12', dark: '#fde047', dash: [10, 3, 2, 3] },
  { light: '#6d28d9', dark: '#d8b4fe', dash: [10, 3, 2, 3] },
];

export const lookOf = (index: number): Look => looks[index % looks.length] as Look;
