/** The filters with one of them set; empty takes it away. */
export const withFilter = (filters: Readonly<Record<string, string>>, name: string, value: string): Record<string, string> =>
  Object.fromEntries([...Object.entries(filters).filter(([other]) => other !== name), ...(value === '' ? [] : [[name, value] as const])]);
