import type { Bilingual } from '@ronghe/contracts';
import type { Decision, GradedDataset, Limit, Part } from './deciding.ts';
import type { Caller } from './policy-index.ts';

type Said = Pick<Decision, 'parts' | 'limits' | 'columns' | 'organisations' | 'refused'> & {
  dataset: GradedDataset;
  caller: Caller;
  /** a grant did not count because the question told no purpose, or another one */
  missed: boolean;
  /** what an organisation is called */
  nameOf: (organisation: string) => string;
};

const NAMES_MAX = 8;
function listed(names: readonly string[], language: keyof Bilingual): string {
  const shown = names.slice(0, NAMES_MAX).join(language === 'zh' ? '、' : ', ');
  if (names.length <= NAMES_MAX) return shown;
  return language === 'zh'
    ? `${shown} 等 ${names.length} 个`
    : `${shown} and ${names.length - NAMES_MAX} more`;
}

/** A decision as sentences: how many columns and why, whose rows, and what each policy did. */
export function wordsOf(said: Said): Bilingual[] {
  if (said.refused === 'purpose')
    return [
      {
        zh: '现有授权只在声明约定用途时生效：请在请求中写明用途',
        en: 'What was granted holds for certain purposes only: tell one of them with the question',
      },
    ];
  if (said.refused === 'no-rows')
    return [
      { zh: '没有可见的行或列：本组织未获授权', en: 'No row or column is visible: nothing was granted' },
    ];
  return [
    columnWords(said),
    rowWords(said),
    ...said.parts.flatMap((part) => partWords(part, said.nameOf)),
    ...said.limits.map((limit) => limitWords(limit, said.nameOf)),
    ...missedWords(said),
  ];
}

function columnWords({ dataset, columns, parts }: Said): Bilingual {
  const seen = new Set(columns);
  const hidden = dataset.columns.filter(({ name }) => !seen.has(name));
  const high = hidden.filter(({ grade, level }) => grade > 1 || level !== 'general').length;
  const masked = columns.filter((name) =>
    parts.every((part) => !part.columns.has(name) || part.columns.get(name)),
  );
  const counts = `${dataset.columns.length} 列中可见 ${columns.length} 列`;
  const because: Bilingual[] = [];
  if (high > 0)
    because.push({
      zh: `${high} 列为二级以上或重要、核心数据`,
      en: `${high} are of grade 2 and above, or important or core`,
    });
  if (hidden.length > high)
    because.push({ zh: `${hidden.length - high} 列未授权`, en: `${hidden.length - high} were not granted` });
  if (masked.length > 0)
    because.push({ zh: `${listed(masked, 'zh')} 脱敏显示`, en: `${listed(masked, 'en')} are masked` });
  if (because.length === 0) because.push({ zh: '没有限制', en: 'nothing limits them' });
  return {
    zh: `${counts}，因为${because.map(({ zh }) => zh).join('；')}`,
    en: `${columns.length} of ${dataset.columns.length} columns are visible, because ${because.map(({ en }) => en).join('; ')}`,
  };
}

function rowWords({ organisations, nameOf }: Said): Bilingual {
  const names = organisations.map(nameOf);
  return {
    zh: `可见 ${listed(names, 'zh')} 及其下级组织的行`,
    en: `Rows of ${listed(names, 'en')} and the organisations below are visible`,
  };
}

function partWords({ policy, rows, columns }: Part, nameOf: Said['nameOf']): Bilingual[] {
  if (!policy) return [];
  const names = rows.organisations.map(nameOf);
  const filtered = rows.filter !== null;
  return [
    {
      zh: `授权「${policy.name}」：${listed(names, 'zh')} 的${filtered ? '部分' : '全部'}行，${columns.size} 列`,
      en: `Grant "${policy.name}": ${filtered ? 'some' : 'all'} rows of ${listed(names, 'en')}, ${columns.size} columns`,
    },
  ];
}

const limitWords = ({ policy, within, masks, rows }: Limit, nameOf: Said['nameOf']): Bilingual => ({
  zh: `限制「${policy.name}」：对 ${nameOf(within)} 的行${rows ? '另有行条件' : '不减少行'}，${masks.size} 列脱敏或隐藏`,
  en: `Limit "${policy.name}": rows of ${nameOf(within)} ${rows ? 'have a condition besides' : 'stay'}, ${masks.size} columns are masked or hidden`,
});

const missedWords = ({ missed }: Said): Bilingual[] =>
  missed
    ? [
        {
          zh: '另有授权因未声明约定用途而未生效',
          en: 'Another grant did not count, because none of its purposes was told',
        },
      ]
    : [];
