import { fillText } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import { REASONS, type Reason } from './reasons.data.ts';

type Values = Readonly<Record<string, string | number>>;
const texts = (reason: Reason, values: Values) => ({
  reason: fillText(REASONS[reason].en, values),
  'reason.zh': fillText(REASONS[reason].zh, values),
});

/** What is thrown of a file that is no readable table: names the file, the place and the remedy. */
export const unreadable = (file: string, reason: Reason, values: Values = {}, cause?: unknown): AppError =>
  new AppError('TABLE_UNREADABLE', { file, ...texts(reason, values) }, { cause });

/** What is thrown of a file that is over a limit of `limits.ts`. */
export const tooLarge = (file: string, reason: Reason, values: Values = {}): AppError =>
  new AppError('SOURCE_TOO_LARGE', { source: file, ...texts(reason, values) });
