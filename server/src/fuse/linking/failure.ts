import { AppError } from '#platform/errors/errors.ts';

type Both = readonly [zh: string, en: string];

/** What is thrown when files or settings cannot be linked: what is wrong and where, and what to do about it, in both languages. */
export const refuse = (reason: Both, remedy: Both): AppError =>
  new AppError('LINK_INPUT_INVALID', {
    reason: reason[1],
    'reason.zh': reason[0],
    remedy: remedy[1],
    'remedy.zh': remedy[0],
  });
