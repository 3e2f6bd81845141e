/** Units as people write them, by their UCUM code; a code that is not here is shown as it is. */
const SIGNS: Readonly<Record<string, string>> = {
  Cel: '°C',
  K: 'K',
  '%': '%',
  '1': '',
  'm/s': 'm/s',
  'mm/s': 'mm/s',
  '/min': 'r/min',
  '{rev}/min': 'r/min',
  '{#}': '',
  'kW.h': 'kWh',
  kWh: 'kWh',
  'm3/h': 'm³/h',
  m3: 'm³',
  'L/min': 'L/min',
  'kg/h': 'kg/h',
  't/h': 't/h',
  bar: 'bar',
  'N.m': 'N·m',
  Ohm: 'Ω',
  um: 'μm',
  '[pH]': 'pH',
  '{pH}': 'pH',
  deg: '°',
  'mg/L': 'mg/L',
  'A.h': 'Ah',
};

export function unitSign(code: string | null | undefined): string {
  if (!code) return '';
  const known = SIGNS[code];
  if (known !== undefined) return known;
  // UCUM writes what is counted in braces: `{piece}` says nothing that the name does not say.
  return code.replace(/\{([^}]*)\}/g, '$1');
}
