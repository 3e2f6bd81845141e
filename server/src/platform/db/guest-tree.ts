import {
  GUEST_AGGREGATES,
  GUEST_COMBINATORS,
  GUEST_FUNCTIONS,
  GUEST_TABLE_FUNCTIONS,
} from '#platform/db/guest-functions.data.ts';
import { refuseGuest } from '#platform/db/guest-text.ts';

/** Most nodes of a tree that is looked at. */
export const GUEST_NODES_MAX = 50_000;
const LINE = /^( *)([A-Za-z]+)(?: (.*))?$/s;
const TAIL = /^(.*?)(?: ?\(alias (.*?)\))?(?: ?\(children (\d+)\))?$/s;

/** A node as EXPLAIN AST prints it: `Function sum (alias total) (children 1)`. */
type Node = { kind: string; name: string; parent: Node | null; children: Node[] };

/** Kinds of nodes that a question may hold. Those with an expression that the tree does not show (APPLY) are not among them. */
const KINDS = new Set([
  'ArrayJoin',
  'Asterisk',
  'ColumnsExceptTransformer',
  'ColumnsListMatcher',
  'ColumnsTransformerList',
  'ExpressionList',
  'Function',
  'Identifier',
  'InterpolateElement',
  'Literal',
  'OrderByElement',
  'QualifiedAsterisk',
  'SampleRatio',
  'SelectIntersectExceptQuery',
  'SelectQuery',
  'SelectWithUnionQuery',
  'Subquery',
  'TableExpression',
  'TableIdentifier',
  'TableJoin',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'WindowDefinition',
  'WindowListElement',
  'WithElement',
]);
/** Functions whose second argument is a table when it is a name. */
const MEMBERSHIP = new Set(['in', 'notin', 'nullin', 'notnullin']);

/**
 * Checks what the engine itself understood of a question (the lines of `EXPLAIN AST`, whose text passed `checkGuestText`): one select
 * without FORMAT, SETTINGS or INTO, of known kinds of nodes, functions of the allow-list, and no table but those of `tables`.
 * Names without a database can only be those of a WITH, because the session stands in a database without tables.
 * @throws AppError GUEST_REFUSED
 */
export function checkGuestTree(explained: string, tables: readonly string[]): void {
  const nodes = readTree(explained);
  if (nodes[0]?.kind !== 'SelectWithUnionQuery') throw refuseGuest('not a select');
  const allowed = new Set(tables);
  for (const node of nodes) checkNode(node, allowed);
}

function checkNode(node: Node, tables: ReadonlySet<string>): void {
  if (!KINDS.has(node.kind)) throw refuseGuest(node.kind);
  if (node.kind === 'SelectWithUnionQuery') checkSelect(node);
  if (node.kind === 'TableIdentifier') checkTable(node.name, tables);
  if (node.kind === 'Function') checkFunction(node, tables);
}

/** A FORMAT, a file or settings would be further children. */
function checkSelect({ children: [list, ...rest] }: Node): void {
  if (list?.kind !== 'ExpressionList' || rest.length > 0) throw refuseGuest('more than a select');
}

function checkTable(name: string, tables: ReadonlySet<string>): void {
  if (name.includes('.') && !tables.has(name)) throw refuseGuest('a table');
}

function checkFunction(node: Node, tables: ReadonlySet<string>): void {
  const name = node.name.toLowerCase();
  if (node.parent?.kind === 'TableExpression') {
    if (!GUEST_TABLE_FUNCTIONS.has(name)) throw refuseGuest(`the table function ${node.name}`);
    return;
  }
  if (!GUEST_FUNCTIONS.has(name) && !isAggregate(name)) throw refuseGuest(`the function ${node.name}`);
  if (!MEMBERSHIP.has(name)) return;
  const right = node.children[0]?.children[1];
  if (right?.kind === 'Identifier' || right?.kind === 'TableIdentifier') checkTable(right.name, tables);
}

function isAggregate(name: string): boolean {
  let base = name;
  for (;;) {
    if (GUEST_AGGREGATES.has(base)) return true;
    const shorter = base.replace(GUEST_COMBINATORS, '');
    if (shorter === base) return false;
    base = shorter;
  }
}

/** Every line must be a node, one deeper than its parent, with as many children as it says. */
function readTree(explained: string): Node[] {
  const lines = explained.replace(/\n$/, '').split('\n');
  if (lines.length > GUEST_NODES_MAX) throw refuseGuest(`more than ${GUEST_NODES_MAX} parts`);
  const nodes: Node[] = [];
  const told: number[] = [];
  const path: Node[] = [];
  for (const line of lines) {
    const [, indent = '', kind = '', rest = ''] = LINE.exec(line) ?? [];
    const [, name = '', , children = '0'] = TAIL.exec(rest) ?? [];
    const depth = indent.length;
    const parent = depth === 0 ? null : path[depth - 1];
    if (kind === '' || parent === undefined || (depth === 0) !== (nodes.length === 0))
      throw refuseGuest('a tree that cannot be read');
    const node: Node = { kind, name, parent, children: [] };
    parent?.children.push(node);
    path.length = depth;
    path.push(node);
    nodes.push(node);
    told.push(Number(children));
  }
  if (nodes.some((node, position) => node.children.length !== told[position]))
    throw refuseGuest('a tree that cannot be read');
  return nodes;
}
