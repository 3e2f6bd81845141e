const TOPIC_CHARACTERS_MAX = 1_000;
const TOPIC_LEVELS_MAX = 64;
const POINTER_CHARACTERS_MAX = 500;

/** A topic filter of MQTT: `+` and `#` stand for whole levels, `#` only at the end. */
export const isTopicFilter = (topic: string): boolean =>
  topic !== '' &&
  topic.length <= TOPIC_CHARACTERS_MAX &&
  topic.split('/').length <= TOPIC_LEVELS_MAX &&
  !topic.includes('\0') &&
  !topic.startsWith('$share/') &&
  topic
    .split('/')
    .every((level, index, levels) =>
      level === '+' || !/[+#]/.test(level) ? true : level === '#' && index === levels.length - 1,
    );

/** A path of names with dots (GJSON, JSONPath without expressions) as JSON Pointer; null when it is more than that. */
export function pointerOf(path: string): string | null {
  const plain = path
    .replace(/^\$\.?/, '')
    .replace(/\[(\d+)\]/g, '.$1')
    .replace(/^\./, '');
  if (plain === '' || /[*?#|@{}[\]()\\!=<>]/.test(plain)) return null;
  const pointer = plain
    .split('.')
    .map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
  return pointer.length > POINTER_CHARACTERS_MAX ? null : pointer;
}

/** A topic as the beginning of a key. */
export const topicKey = (topic: string): string =>
  topic.replace(/^\/+/, '').replaceAll('/', '.').replace(/[+#]/g, '-');
