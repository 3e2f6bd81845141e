import { ANSWER_CODE, ApiError, isErrorBody, NETWORK_CODE } from './api-error.ts';

type UploadOptions = { onProgress?: (share: number) => void; signal?: AbortSignal };

/**
 * Hands a file over as a form with one file and tells how much of it has gone, 0 to 1; `fetch` cannot tell. Waits as long
 * as the file takes. @throws ApiError
 */
export const uploadFile = <Answer>(path: string, file: File, options: UploadOptions = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const failed = (code: string) =>
      reject(new ApiError({ status: request.status, code, message: '', hint: '', requestId: null }));
    request.open('POST', path);
    request.setRequestHeader('accept', 'application/json');
    request.setRequestHeader('accept-language', document.documentElement.lang);
    request.setRequestHeader('x-ronghe-csrf', '1');
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      if (total > 0) options.onProgress?.(loaded / total);
    });
    request.addEventListener('error', () => failed(NETWORK_CODE));
    request.addEventListener('abort', () => failed(NETWORK_CODE));
    request.addEventListener('load', () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300 && body !== undefined) resolve(body as Answer);
      else if (isErrorBody(body)) reject(new ApiError({ ...body.error, status: request.status }));
      else failed(ANSWER_CODE);
    });
    options.signal?.addEventListener('abort', () => request.abort());
    const form = new FormData();
    form.append('file', file);
    request.send(form);
  });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
