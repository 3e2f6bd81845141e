import { isTree, type Tree, textOf } from './values.ts';

/** Name of a device where a mapping says it as a constant; empty where an expression finds it in a topic or message. */
export function constantDevice(mapping: Tree): string {
  const info = isTree(mapping.deviceInfo) ? mapping.deviceInfo : {};
  if (textOf(info.deviceNameExpressionSource) === 'constant') return textOf(info.deviceNameExpression);
  const pattern = textOf(
    mapping.deviceNamePattern ?? info.deviceNameExpression ?? mapping.deviceNameJsonExpression,
  );
  return /[${}()[\]*?\\]/.test(pattern) ? '' : pattern;
}
