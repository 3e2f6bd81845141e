/**
 * Environment of a measured process: without what was set for the benchmark or for another installation, because the server
 * refuses settings it does not know, and because two runs must measure the same thing.
 */
export const environmentOf = (extra) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RONGHE_'))),
  ...extra,
});
