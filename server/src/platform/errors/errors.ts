import { ERRORS, type ErrorBody, type ErrorCode, fillText, type Locale } from '@ronghe/contracts';

type Values = Readonly<Record<string, string | number>>;
type Details = { path: string; message: string }[];

/**
 * An error a caller can meet: a code of the catalog, the values its texts need, and the cause for the log.
 * Everything else that is thrown is a fault of ours and reaches the caller as `INTERNAL`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly values: Values;
  readonly details: Details | undefined;

  constructor(code: ErrorCode, values: Values = {}, options: { details?: Details; cause?: unknown } = {}) {
    super(fillText(ERRORS[code].message.en, values), { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.values = values;
    this.details = options.details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** The JSON shape of an error in the caller's language. */
export function errorBody(error: AppError, context: { locale: Locale; requestId: string }): ErrorBody {
  const language = context.locale === 'en' ? 'en' : 'zh';
  const entry = ERRORS[error.code];
  const values = valuesIn(language, error.values);
  return {
    error: {
      code: error.code,
      message: fillText(entry.message[language], values),
      hint: fillText(entry.hint[language], values),
      requestId: context.requestId,
      ...(error.details ? { details: error.details } : {}),
    },
  };
}

/** The values of an error for a language: `reason.zh` stands in for `reason` where the text is Chinese. */
export const valuesIn = (language: 'zh' | 'en', values: Values): Values =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => !name.includes('.'))
      .map(([name, value]) => [name, values[`${name}.${language}`] ?? value]),
  );
