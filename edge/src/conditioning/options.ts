import { z } from 'zod';

/** How long a filter may keep silent about a point; then its newest value goes out whatever it is. */
const SILENT_MS_MAX = 600_000;

const heartbeat = z
  .number()
  .int()
  .min(100)
  .max(86_400_000)
  .default(SILENT_MS_MAX)
  .describe('a value goes out at least this often');

/** Only values that differ enough from the last one that was kept (OPC 10000-8, 6.2: absolute and percent deadband). */
export const Deadband = z
  .strictObject({
    absolute: z.number().positive().optional().describe('difference in the unit of the point'),
    percent: z.number().positive().max(100).optional().describe('difference in percent of `range`'),
    range: z.tuple([z.number(), z.number()]).optional().describe('lowest and highest value, for `percent`'),
    heartbeatMs: heartbeat,
  })
  .check((context) => {
    const { absolute, percent, range } = context.value;
    const wrong = (path: string, message: string) =>
      context.issues.push({ code: 'custom', path: [path], message, input: context.value });
    if ((absolute === undefined) === (percent === undefined))
      wrong('absolute', 'either absolute or percent is needed, not both');
    if (percent !== undefined && range === undefined) wrong('range', 'percent needs the range it is of');
    if (range && !(range[0] < range[1])) wrong('range', 'must rise');
  });
export type Deadband = z.infer<typeof Deadband>;

/** Swinging door: values that lie on the line between their neighbours, give or take `deviation`, are left out. */
export const SwingingDoor = z.strictObject({
  deviation: z
    .number()
    .positive()
    .describe('no value left out differs by more from the straight line between those kept'),
  heartbeatMs: heartbeat,
});
export type SwingingDoor = z.infer<typeof SwingingDoor>;

/** What happens to the samples of a point between its connector and the buffer; the same for every protocol. */
export const CONDITIONING = {
  deadband: Deadband.optional().describe('leave out small changes of a number'),
  swingingDoor: SwingingDoor.optional().describe('leave out what a straight line tells as well'),
  expectedIntervalMs: z
    .number()
    .int()
    .min(100)
    .max(86_400_000)
    .optional()
    .describe('after three times as long without a sample the point is `bad`, `silent`'),
};
export const Conditions = z.object(CONDITIONING);
export type Conditions = z.infer<typeof Conditions>;
