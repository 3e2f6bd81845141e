import { type Asker, HttpFailure } from './http.ask.ts';
import type { HttpPoll } from './http.config.ts';
import type { Read } from './http.decode.ts';
import { follow, parsePointer } from './http.pointer.ts';

/** One answer of a poll, and whether the peer has more than we may ask for. */
export type Page = Read & { cutOff: boolean };

type Marks = { since?: string | undefined; cursor?: string | undefined; page?: string | undefined };

/** All answers of one poll, each as it comes. Throws what asking and reading throw. */
export async function* pagesOf(options: {
  config: HttpPoll;
  asker: Asker;
  reader: (json: unknown) => Read;
  since: string | undefined;
  signal: AbortSignal;
}): AsyncGenerator<Page> {
  const { config, asker, signal, since } = options;
  const { paging } = config;
  const pagesMax = paging?.pagesMax ?? 1;
  let marks: Marks = { since, ...(paging?.kind === 'page' ? { page: String(paging.first) } : {}) };
  let place = placeOf(config, marks);
  let before: Buffer | null = null;
  for (let count = 1; ; count += 1) {
    const asked = await asker.ask(place, signal);
    // No content is an empty answer, and so is the last page once more, which some peers give for every later number.
    if (asked === null || (paging?.kind === 'page' && before?.equals(asked.text))) return;
    before = asked.text;
    const read = options.reader(asked.json);
    if (!read.anything)
      throw new HttpFailure('refused', `nothing in the answer matches: ${read.faults.join('; ')}`);
    const next = nextOf({ config, json: asked.json, read, place, marks });
    yield { ...read, cutOff: next !== null && count >= pagesMax };
    if (next === null || count >= pagesMax) return;
    ({ place, marks } = next);
  }
}

type Place = { url: URL; body: string | undefined };

/** The next page's place; null after the last. Throws when paging leads in a circle or to another host. */
function nextOf(at: {
  config: HttpPoll;
  json: unknown;
  read: Read;
  place: Place;
  marks: Marks;
}): { place: Place; marks: Marks } | null {
  const { config, read, marks } = at;
  const { paging } = config;
  if (paging === undefined) return null;
  const found = paging.path === undefined ? null : follow(at.json, parsePointer(paging.path));
  const mark = typeof found === 'string' || typeof found === 'number' ? String(found) : '';
  switch (paging.kind) {
    case 'page': {
      if (read.items === 0) return null;
      const next = { ...marks, page: String(Number(marks.page) + 1) };
      return { place: placeOf(config, next), marks: next };
    }
    case 'cursor': {
      if (mark === '' || (mark === marks.cursor && read.items === 0)) return null;
      if (mark === marks.cursor) throw new HttpFailure('refused', 'the pages lead in a circle');
      const next = { ...marks, cursor: mark };
      return { place: placeOf(config, next), marks: next };
    }
    case 'next': {
      if (mark === '') return null;
      if (!URL.canParse(mark, at.place.url)) throw new HttpFailure('refused', 'the next page is no address');
      const url = new URL(mark, at.place.url);
      if (url.origin !== at.place.url.origin)
        throw new HttpFailure('refused', `the next page is at ${url.origin}, which is not followed`);
      if (url.href === at.place.url.href) throw new HttpFailure('refused', 'the pages lead in a circle');
      return { place: { url, body: at.place.body }, marks };
    }
  }
}

/** Address and body with the marks in their parameters and holes. */
function placeOf(config: HttpPoll, marks: Marks): Place {
  const url = new URL(config.endpoint);
  const { paging, since } = config;
  if (since?.parameter !== undefined && marks.since !== undefined)
    url.searchParams.set(since.parameter, marks.since);
  const mark = paging?.kind === 'page' ? marks.page : marks.cursor;
  if (paging?.parameter !== undefined && mark !== undefined) url.searchParams.set(paging.parameter, mark);
  const body = config.body?.replace(/\{(since|page|cursor)\}/g, (_all, name: keyof Marks) =>
    escaped(marks[name] ?? '', config.contentType),
  );
  return { url, body };
}

/** A mark of the peer must stay inside the text it is put into. */
function escaped(mark: string, contentType: string): string {
  if (contentType.includes('json')) return JSON.stringify(mark).slice(1, -1);
  return contentType.includes('urlencoded') ? encodeURIComponent(mark) : mark;
}
