/**
 * Makes dependency-cruiser's swc parser read our sources as we mean them.
 *
 * dependency-cruiser 17 cannot use TypeScript 7, and its swc parser has two gaps: it does not switch JSX on for `.tsx`, and
 * it cannot tell `import type` (gone at run time) from a real import. Several of our rules need that difference. So each
 * file is first reduced to a skeleton that holds nothing but its imports; `import type` becomes a type annotation, which
 * dependency-cruiser reports as `type-import`.
 */
const { extname } = require('node:path');

/** Replaces `parseFileSync` of the given swc module; calling it twice changes nothing more. */
exports.readImportsOnly = (swc) => {
  if (swc.parseFileSync.importsOnly) return;
  const { parseFileSync } = swc;
  const reduced = (file, options) => {
    const syntax = extname(file) === '.tsx' || extname(file) === '.jsx' ? { tsx: true } : {};
    return swc.parseSync(skeletonOf(parseFileSync(file, { ...options, ...syntax })), options);
  };
  reduced.importsOnly = true;
  swc.parseFileSync = reduced;
};

/** Source text with the same imports as the syntax tree and nothing else. */
function skeletonOf(tree) {
  const value = new Set();
  const dynamic = new Set();
  const type = new Set();
  const take = (node) => {
    if (node.source?.type === 'StringLiteral') (node.typeOnly ? type : value).add(node.source.value);
    if (node.type === 'TsImportType') type.add(node.argument.value);
    if (node.type === 'TsExternalModuleReference') value.add(node.expression.value);
    if (node.type === 'CallExpression' && node.callee.type === 'Import') {
      const argument = node.arguments[0]?.expression;
      if (argument?.type === 'StringLiteral') dynamic.add(argument.value);
    }
  };
  walk(tree, take);
  // A module that is imported both ways counts as a real import: the tool keeps only one of the two.
  const quoted = (names) => [...names].map((name) => JSON.stringify(name));
  const typeOnly = new Set([...type].filter((name) => !value.has(name) && !dynamic.has(name)));
  return [
    ...quoted(value).map((name) => `import ${name};`),
    ...quoted(dynamic).map((name) => `import(${name});`),
    ...quoted(typeOnly).map((name, index) => `let type${index}: import(${name});`),
  ].join('\n');
}

function walk(node, take) {
  if (Array.isArray(node)) for (const item of node) walk(item, take);
  else if (node !== null && typeof node === 'object') {
    if (typeof node.type === 'string') take(node);
    for (const child of Object.values(node)) if (typeof child === 'object') walk(child, take);
  }
}
