import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createProvince } from '../province/province.ts';
import { REGISTER_HEADERS, registerRows } from './register-rows.ts';

export const REGISTER_FILE = '企业关系与要素登记.csv';

/** Writes the register's file into a folder; true when it was not there or was another one. */
export async function writeRegister(folder: string): Promise<boolean> {
  const text = registerText();
  const path = join(folder, REGISTER_FILE);
  if ((await readFile(path, 'utf8').catch(() => null)) === text) return false;
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `.${REGISTER_FILE}.partial`);
  await writeFile(partial, text);
  await rename(partial, path);
  return true;
}

/** The register as CSV (RFC 4180) with a byte order mark, as office programs write it. */
function registerText(): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [
    REGISTER_HEADERS as readonly string[],
    ...registerRows(createProvince()).map((row) => REGISTER_HEADERS.map((header) => row[header])),
  ];
  return `\uFEFF${lines.map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
}
