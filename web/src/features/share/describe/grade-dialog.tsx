import {
  DATA_GRADES,
  DATA_LEVELS,
  type DataGrade,
  type DataLevel,
  type DatasetColumn,
  type GradePatch,
} from '@ronghe/contracts';
import { Checkbox, Radio } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../../lib/query.ts';
import { usePick } from '../../../lib/use-format.ts';
import { ReasonDialog } from '../../fuse/golden/reason-dialog.tsx';
import { useNotify } from '../../fuse/use-notify.ts';

const GRADES: readonly DataGrade[] = [1, 2, 3];
const LEVELS = Object.keys(DATA_LEVELS) as DataLevel[];

type GradeDialogProps = { dataset: string; column: DatasetColumn; onClose: () => void };
/** Sets both axes of the grading of one column by hand, with the reason. */
export function GradeDialog({ dataset, column, onClose }: GradeDialogProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const notify = useNotify();
  const id = useId();
  const [grade, setGrade] = useState(column.grade);
  const [level, setLevel] = useState(column.level);
  const [personal, setPersonal] = useState(column.personal);
  const send = useSend<void>(['/api/share']);
  const save = async (reason: string) => {
    const columns: GradePatch[] = [{ column: column.name, grade, level, personal, reason }];
    try {
      await send.mutateAsync({
        method: 'PUT',
        path: `/api/share/datasets/${dataset}/grades`,
        body: { columns },
      });
      notify.done(t('share.describe.gradeSaved'));
      onClose();
    } catch {
      // The refusal stands in the dialog.
    }
  };
  const unchanged = grade === column.grade && level === column.level && personal === column.personal;
  return (
    <ReasonDialog
      title={t('share.describe.gradeTitle', { name: pick(column.title) })}
      lead={t('share.describe.gradeLead')}
      action={t('share.describe.gradeSave')}
      ready={!unchanged}
      busy={send.isPending}
      error={send.error}
      onClose={onClose}
      onSend={(reason) => void save(reason)}
    >
      <div>
        <div id={`${id}-grade`}>{t('share.describe.gradeGroup')}</div>
        <Radio.Group
          aria-labelledby={`${id}-grade`}
          value={grade}
          onChange={({ target }) => setGrade(target.value)}
          options={GRADES.map((value) => ({ value, label: pick(DATA_GRADES[value]) }))}
        />
      </div>
      <div>
        <div id={`${id}-level`}>{t('share.describe.levelGroup')}</div>
        <Radio.Group
          aria-labelledby={`${id}-level`}
          value={level}
          onChange={({ target }) => setLevel(target.value)}
          options={LEVELS.map((value) => ({ value, label: pick(DATA_LEVELS[value]) }))}
        />
      </div>
      <Checkbox checked={personal} onChange={({ target }) => setPersonal(target.checked)}>
        {t('share.describe.personal')}
      </Checkbox>
    </ReasonDialog>
  );
}
