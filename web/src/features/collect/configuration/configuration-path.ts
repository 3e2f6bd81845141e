export const configurationPath = (collector: string): string =>
  `/api/collect/collectors/${collector}/configuration`;
