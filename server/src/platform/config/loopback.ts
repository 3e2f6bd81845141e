import { isIP } from 'node:net';

/** 127.0.0.0/8 and ::1 (RFC 6890), and the name that means them: an address where only this machine is listened to. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
