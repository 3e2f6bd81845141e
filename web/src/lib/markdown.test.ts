import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, blocksOf } from './markdown.ts';

const text = (words: string) => [{ kind: 'text', text: words }];

describe('Markdown of a guide', () => {
  it('has headings, paragraphs, numbered and other lists, tables and code', () => {
    const blocks = blocksOf(
      '# 接入\n\n1. 向管理方\n   申请账号\n2. 填写 `fuseSourceHosts`\n\n依据：**第八条**\n要求保密。\n\n## 确认\n\n- 范围；\n- a\n  b\n\n| 列 | 单位 |\n|---|:--:|\n| a\\|b | 元 |\n\n```sh\nx\n\ny\n```\nend',
    );
    expect(blocks).toEqual([
      { kind: 'heading', level: 1, text: text('接入') },
      {
        kind: 'list',
        ordered: true,
        start: 1,
        items: [text('向管理方申请账号'), [...text('填写 '), { kind: 'code', text: 'fuseSourceHosts' }]],
      },
      {
        kind: 'paragraph',
        text: [...text('依据：'), { kind: 'strong', text: '第八条' }, ...text('要求保密。')],
      },
      { kind: 'heading', level: 2, text: text('确认') },
      { kind: 'list', ordered: false, start: 1, items: [text('范围；'), text('a b')] },
      { kind: 'table', head: [text('列'), text('单位')], rows: [[text('a|b'), text('元')]] },
      { kind: 'code', text: 'x\n\ny' },
      { kind: 'paragraph', text: text('end') },
    ]);
  });

  it('links lead to http(s) only', () => {
    expect(blocksOf('[a](https://x.example) [b](javascript:alert(1))')).toEqual([
      {
        kind: 'paragraph',
        text: [{ kind: 'link', text: 'a', to: 'https://x.example' }, ...text(' [b](javascript:alert(1))')],
      },
    ]);
  });

  it('ends, and loses no word, whatever the text', () => {
    const word = fc.constantFrom(
      '#',
      '# a',
      '- b',
      '1. c',
      '| d |',
      '|---|',
      '```',
      '',
      'e `f',
      '**g**',
      '  h',
    );
    fc.assert(
      fc.property(fc.array(word), (lines) => {
        const said = JSON.stringify(blocksOf(lines.join('\n')) satisfies Block[]);
        for (const letter of 'abcefgh')
          if (lines.some((line) => line.includes(letter))) expect(said).toContain(letter);
      }),
      { seed: 20261130 },
    );
  });
});
