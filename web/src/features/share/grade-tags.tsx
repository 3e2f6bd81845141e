import { DATA_GRADES, DATA_LEVELS, type DataGrade, type DataLevel } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { Tag, type Tone } from '../../components/tags.tsx';
import { usePick } from '../../lib/use-format.ts';

const GRADE_TONES = { 1: 'plain', 2: 'info', 3: 'warn' } as const satisfies Record<DataGrade, Tone>;
const LEVEL_TONES = { general: 'plain', important: 'warn', core: 'bad' } as const satisfies Record<
  DataLevel,
  Tone
>;

type GradeTagsProps = { grade: DataGrade; level: DataLevel; personal?: boolean };
/** Both axes of the grading, and whether it is of a person. */
export function GradeTags({ grade, level, personal = false }: GradeTagsProps) {
  const { t } = useTranslation();
  const pick = usePick();
  return (
    <span className="row share-tags">
      <Tag tone={GRADE_TONES[grade]} icon={null}>
        {pick(DATA_GRADES[grade])}
      </Tag>
      <Tag tone={LEVEL_TONES[level]} icon={null}>
        {pick(DATA_LEVELS[level])}
      </Tag>
      {personal && (
        <Tag tone="warn" icon={null}>
          {t('share.describe.personal')}
        </Tag>
      )}
    </span>
  );
}
