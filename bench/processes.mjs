// CPU seconds and memory of a process and all its children, read from /proc (Linux only).
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

function read(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const smaps = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const pss = Number(/^Pss:\s+(\d+) kB/m.exec(smaps)?.[1] ?? 0) * 1024;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return {
      pid,
      parent: Number(fields[1]),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      bytes: pss,
      command,
    };
  } catch {
    return null;
  }
}

/** Every live process at or below `root`, with CPU seconds so far and proportional memory (shared pages counted once). */
export function tree(root) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => read(Number(name)))
    .filter(Boolean);
  const chosen = new Set([root]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) {
      if (chosen.has(parent) && !chosen.has(pid)) {
        chosen.add(pid);
        grown = true;
      }
    }
  }
  return all.filter(({ pid }) => chosen.has(pid));
}

export const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);
