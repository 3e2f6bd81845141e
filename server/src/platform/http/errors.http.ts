import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from 'fastify-type-provider-zod';
import { AppError } from '#platform/errors/errors.ts';

type Thrown = { code?: string; statusCode?: number; message?: string };

const BY_FASTIFY_CODE: Readonly<Record<string, AppError['code']>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'REQUEST_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'REQUEST_NOT_UNDERSTOOD',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'REQUEST_INVALID',
  FST_ERR_CTP_INVALID_JSON_BODY: 'REQUEST_INVALID',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'REQUEST_INVALID',
  FST_ERR_VALIDATION: 'REQUEST_INVALID',
};
/** What node and pg say when an engine is away: connection refused or reset, server shutting down or starting. */
const ENGINE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

/** Turns anything thrown into an error of the catalog; what it does not know is `INTERNAL`, with the cause kept for the log. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const details = thrown.validation.map(({ instancePath, message }) => ({
      path: `${thrown.validationContext ?? 'body'}${instancePath}`,
      message: message ?? 'not valid',
    }));
    return new AppError('REQUEST_INVALID', {}, { details, cause: thrown });
  }
  if (isResponseSerializationError(thrown)) return new AppError('INTERNAL', {}, { cause: thrown });
  const { code, statusCode, message } = (thrown ?? {}) as Thrown;
  const known = code ? BY_FASTIFY_CODE[code] : undefined;
  if (known)
    return new AppError(known, {}, { details: [{ path: 'body', message: message ?? known }], cause: thrown });
  if (statusCode === 400)
    return new AppError(
      'REQUEST_INVALID',
      {},
      { details: [{ path: 'body', message: message ?? 'not valid' }], cause: thrown },
    );
  if (statusCode === 413) return new AppError('REQUEST_TOO_LARGE', {}, { cause: thrown });
  if (code && ENGINE_CODES.has(code)) return new AppError('ENGINE_UNAVAILABLE', {}, { cause: thrown });
  return new AppError('INTERNAL', {}, { cause: thrown });
}
