import { CAUSE, TYPE } from './iec104.decode.ts';

/** Whom a command is for, and who sends it. */
export type Addressee = { commonAddress: number; originator: number };

/** The address of all stations behind one connection (IEC 60870-5-101, 7.2.4). */
export const EVERY_STATION = 0xff_ff;

/** Qualifier of interrogation: the whole station, not a group (7.2.6.22). */
const STATION_INTERROGATION = 20;
/** Qualifier of counter interrogation: all counters, read as they are, neither frozen nor reset (7.2.6.23). */
const ALL_COUNTERS_READ = 5;

/** C_IC_NA_1. */
export const encodeInterrogation = (to: Addressee): Buffer =>
  activation(TYPE.interrogation, to, Buffer.from([STATION_INTERROGATION]));

/** C_CI_NA_1. */
export const encodeCounterInterrogation = (to: Addressee): Buffer =>
  activation(TYPE.counterInterrogation, to, Buffer.from([ALL_COUNTERS_READ]));

/** C_CS_NA_1 with the seven octets of a CP56Time2a. */
export const encodeClockSynchronisation = (to: Addressee, time: Buffer): Buffer =>
  activation(TYPE.clockSynchronisation, to, time);

/** These are the only three that are ever made: none of them moves anything in the plant. Object address is 0. */
function activation(type: number, to: Addressee, element: Buffer): Buffer {
  const head = Buffer.from([type, 0x01, CAUSE.activation, to.originator, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(to.commonAddress, 4);
  return Buffer.concat([head, element]);
}
