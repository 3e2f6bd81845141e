/**
 * Data identifiers of DL/T 645-2007 whose format the collector knows by itself (its README lists them with their
 * sources); any other needs a format.
 */
const COMMON: readonly RegExp[] = [
  /^000[0-9A][0-3][0-9A-F]0[0-9A-C]$/,
  /^00(15|16|29|2A|3D|3E)000[0-9A-C]$/,
  /^020[12]0[123]00$/,
  /^020[3-6]0[0123]00$/,
  /^020[789]0[123]00$/,
  /^0280000[1-9A]$/,
  /^0400010[1-4]$/,
  /^0400040[12]$/,
];

/** Whether a point with this identifier (eight hexadecimal digits, DI3 first) needs no format. */
export const isCommonIdentifier = (identifier: string): boolean =>
  COMMON.some((pattern) => pattern.test(identifier.toUpperCase()));
