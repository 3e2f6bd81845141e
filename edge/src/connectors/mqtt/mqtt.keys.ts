import { PointKey } from '@ronghe/contracts';

const PART = /\{([^{}]*)\}/g;
const LEVEL = /^topic\[(-?\d{1,2})\]$/;
const KEY_LENGTH_MAX = 256;

/** What is wrong with a template for keys, in words for people; null when nothing. */
export function faultOfKeyTemplate(template: string): string | null {
  for (const [, part = ''] of template.matchAll(PART))
    if (part !== 'topic' && part !== 'field' && !LEVEL.test(part))
      return `{${part}} is not known; there are {topic}, {topic[1]} and {field}`;
  return /[{}]/.test(template.replaceAll(PART, '')) ? 'a brace has no partner' : null;
}

/** Puts the parts of a topic and the name of a field into a template. Levels that a topic does not have are empty. */
export function fillTemplate(template: string, parts: { topic: string; field: string }): string {
  const levels = parts.topic.split('/');
  return template.replaceAll(PART, (_, part: string) => {
    if (part === 'topic') return parts.topic;
    if (part === 'field') return parts.field;
    return levels.at(Number(LEVEL.exec(part)?.[1])) ?? '';
  });
}

/**
 * A key of a point made of text that came from outside: what keys may not hold becomes `-`, separators at the ends go.
 * Null when nothing is left, or too much: cut keys of two points might be the same.
 */
export function keyOf(text: string): string | null {
  const key = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{N} ._\-/:%#()@,=]/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .replace(/[ ._\-/:]+$/u, '');
  return key.length <= KEY_LENGTH_MAX && PointKey.safeParse(key).success ? key : null;
}
