/**
 * Codes of UN/CEFACT Recommendation 20 (as OPC UA gives them in EUInformation, OPC 10000-8, 5.6.4.3) → UCUM, for the
 * units that plants use. What is not here is shown as the server displays it.
 */
const UCUM = new Map([
  ['CEL', 'Cel'],
  ['FAH', '[degF]'],
  ['KEL', 'K'],
  ['PAL', 'Pa'],
  ['KPA', 'kPa'],
  ['MPA', 'MPa'],
  ['BAR', 'bar'],
  ['MBR', 'mbar'],
  ['P1', '%'],
  ['59', '[ppm]'],
  ['MMT', 'mm'],
  ['CMT', 'cm'],
  ['MTR', 'm'],
  ['KMT', 'km'],
  ['MTK', 'm2'],
  ['MTQ', 'm3'],
  ['LTR', 'L'],
  ['MLT', 'mL'],
  ['GRM', 'g'],
  ['KGM', 'kg'],
  ['TNE', 't'],
  ['SEC', 's'],
  ['C26', 'ms'],
  ['MIN', 'min'],
  ['HUR', 'h'],
  ['DAY', 'd'],
  ['MTS', 'm/s'],
  ['MSK', 'm/s2'],
  ['MQH', 'm3/h'],
  ['MQS', 'm3/s'],
  ['L2', 'L/min'],
  ['KGS', 'kg/s'],
  ['E93', 'kg/h'],
  ['RPM', '/min'],
  ['HTZ', 'Hz'],
  ['KHZ', 'kHz'],
  ['AMP', 'A'],
  ['4K', 'mA'],
  ['VLT', 'V'],
  ['2Z', 'mV'],
  ['KVT', 'kV'],
  ['OHM', 'Ohm'],
  ['WTT', 'W'],
  ['KWT', 'kW'],
  ['MAW', 'MW'],
  ['WHR', 'W.h'],
  ['KWH', 'kW.h'],
  ['MWH', 'MW.h'],
  ['JOU', 'J'],
  ['KJO', 'kJ'],
  ['NEW', 'N'],
  ['NU', 'N.m'],
  ['DD', 'deg'],
  ['C81', 'rad'],
]);

/** What a server's EUInformation says. */
export type EngineeringUnit = { namespaceUri: string | null; unitId: number; displayName: string | null };

const UNECE_URI = 'http://www.opcfoundation.org/UA/units/un/cefact';

/** UCUM code where the unit is a known one, else its display name; null when there is none. */
export function unitOf({ namespaceUri, unitId, displayName }: EngineeringUnit): string | null {
  const code = namespaceUri === null || namespaceUri === UNECE_URI ? uneceCode(unitId) : '';
  return UCUM.get(code) ?? (displayName === null || displayName === '' ? null : displayName);
}

/** The up to three characters of a common code lie in the number, the first one highest: 4408652 is CEL. */
function uneceCode(unitId: number): string {
  return [unitId >>> 16, unitId >>> 8, unitId]
    .map((byte) => byte & 0xff)
    .filter((byte) => byte !== 0)
    .map((byte) => String.fromCharCode(byte))
    .join('');
}
