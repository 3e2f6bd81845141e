// F1 of links over the entities that nothing was tuned on.
import { readFileSync } from 'node:fs';

/** FNV-1a, 32 bits. */
function hash(text) {
  let value = 0x811c9dc5;
  for (const character of Buffer.from(text)) value = Math.imul(value ^ character, 0x01000193) >>> 0;
  return value;
}
const isHeldOut = (entity) => hash(entity) % 5 >= 3;
/** Splits a line of a CSV without quotes in the columns asked for; the sets here have none there. */
const rowsOf = (file, separator) =>
  readFileSync(file, 'utf8')
    .replaceAll('\r', '')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(separator));

/** Links of the report's file as pairs of `input id`, the input by its place. */
function linksOf({ pairsFile }, inputs) {
  const [, ...rows] = rowsOf(pairsFile, ',');
  const names = inputs.map((path) => path.split('/').at(-1));
  const place = (name) => Math.max(0, names.indexOf(name));
  return rows.map(([left, one, right, two]) => [`${place(left)} ${one}`, `${place(right)} ${two}`]);
}

/** Entity of each record, by `input id`; pairs of a truth file are entities of two. */
function entitiesOf({ inputs, id, truth, oneToOne }) {
  const [option, value] = truth;
  const entities = new Map();
  if (oneToOne) {
    const separator = value.includes('D4') ? '%' : '|';
    const [[first], ...rows] = rowsOf(value, separator);
    // the truth of D4 names the columns the other way round: D1 is the second input
    const swapped = value.includes('D4') && first === 'D1';
    for (const [one, two] of rows) {
      const [left, right] = swapped ? [two, one] : [one, two];
      entities.set(`0 ${left}`, `${left}-${right}`).set(`1 ${right}`, `${left}-${right}`);
    }
    return entities;
  }
  const [head, ...rows] = rowsOf(inputs[0], ',');
  const at = (name) => head.findIndex((one) => one.trim() === name);
  for (const row of rows) {
    const own = row[at(id)];
    entities.set(`0 ${own}`, option === '--truth' ? row[at(value)] : new RegExp(value).exec(own)?.[1]);
  }
  return entities;
}

/** F1 of links of which one record at least belongs to the held-out part. */
export function heldOutF1(report, set) {
  const entities = entitiesOf(set);
  const sizes = new Map();
  for (const entity of entities.values())
    if (isHeldOut(entity)) sizes.set(entity, (sizes.get(entity) ?? 0) + 1);
  const all = [...sizes.values()].reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  let [found, right] = [0, 0];
  for (const [left, other] of linksOf(report, set.inputs)) {
    const [one, two] = [entities.get(left) ?? left, entities.get(other) ?? other];
    if (!isHeldOut(one) && !isHeldOut(two)) continue;
    found += 1;
    if (one === two) right += 1;
  }
  return (2 * right) / (found + all);
}
