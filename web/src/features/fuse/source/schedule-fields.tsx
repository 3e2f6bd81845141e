import { RUN_DAYS_MAX, RUNS_KEPT_MAX, type SourceTarget } from '@ronghe/contracts';
import { Checkbox, Form, Input, InputNumber, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';

/** Hours and days that most sources are read at; any other time can be written as cron. */
const USUAL = [
  { cron: '0 2 * * *', name: 'daily' },
  { cron: '0 * * * *', name: 'hourly' },
  { cron: '0 3 * * 1', name: 'weekly' },
  { cron: '0 4 1 * *', name: 'monthly' },
] as const;
type ScheduleFieldsProps = {
  columns: readonly string[];
  /** a delivery that is handed over by hand or pushed has no clock */
  scheduled: boolean;
  /** what its rows become; only enterprises are matched */
  target?: SourceTarget;
};

/** When a source is read, what a run says of what it leaves out, and who wins when sources disagree. */
export function ScheduleFields({ columns, scheduled, target }: ScheduleFieldsProps) {
  const { t } = useTranslation();
  const mode = Form.useWatch('mode', Form.useFormInstance()) as string | undefined;
  return (
    <div className="form-grid">
      {scheduled && (
        <Form.Item name="schedule" label={t('fuse.sources.schedule')} extra={t('source.schedule.hint')}>
          <Schedule />
        </Form.Item>
      )}
      <Form.Item
        name="mode"
        label={t('source.mode.title')}
        extra={t(`source.mode.hint.${mode === 'incremental' ? 'incremental' : 'full'}`)}
      >
        <Radio.Group
          optionType="button"
          options={(['full', 'incremental'] as const).map((value) => ({
            value,
            label: t(`source.mode.${value}`),
          }))}
        />
      </Form.Item>
      {mode === 'incremental' && (
        <Form.Item
          name="watermarkField"
          label={t('source.mode.watermark')}
          extra={t('source.mode.watermarkHint')}
        >
          <Select
            allowClear
            showSearch={{ optionFilterProp: 'label' }}
            options={columns.map((column) => ({ value: column, label: column }))}
          />
        </Form.Item>
      )}
      <Form.Item
        name="priority"
        label={t('fuse.sources.priority')}
        extra={t('source.priorityHint')}
        rules={[{ required: true, message: t('required') }]}
      >
        <InputNumber min={1} max={100} precision={0} style={{ width: '100%' }} />
      </Form.Item>
      {target === 'enterprise' && (
        <Form.Item name="duplicateFree" valuePropName="checked" extra={t('source.duplicateFreeHint')}>
          <Checkbox>{t('source.duplicateFree')}</Checkbox>
        </Form.Item>
      )}
    </div>
  );
}

/** How long what its runs left is kept, where that is not as the platform is set. */
export function KeepFields() {
  const { t } = useTranslation();
  return (
    <div className="form-grid">
      <Form.Item name="runDays" label={t('source.keep.days')} extra={t('source.keep.daysHint')}>
        <InputNumber
          min={0}
          max={RUN_DAYS_MAX}
          precision={0}
          placeholder={t('source.keep.usual')}
          style={{ width: '100%' }}
        />
      </Form.Item>
      <Form.Item name="runsKept" label={t('source.keep.runs')} extra={t('source.keep.runsHint')}>
        <InputNumber
          min={1}
          max={RUNS_KEPT_MAX}
          precision={0}
          placeholder={t('source.keep.usual')}
          style={{ width: '100%' }}
        />
      </Form.Item>
    </div>
  );
}

type ScheduleProps = { id?: string; value?: string | null; onChange?: (cron: string | null) => void };
function Schedule({ id, value, onChange }: ScheduleProps) {
  const { t } = useTranslation();
  const usual = USUAL.find(({ cron }) => cron === value)?.cron;
  const kind = !value ? 'none' : (usual ?? 'own');
  return (
    <div className="stack" style={{ gap: 6 }}>
      <Select
        id={id ?? ''}
        value={kind}
        options={[
          { value: 'none', label: t('fuse.sources.manual') },
          ...USUAL.map(({ cron, name }) => ({ value: cron, label: t(`source.schedule.usual.${name}`) })),
          { value: 'own', label: t('source.schedule.own') },
        ]}
        onChange={(next) => onChange?.(next === 'none' ? null : next === 'own' ? '*/30 * * * *' : next)}
      />
      {kind === 'own' && (
        <Input
          aria-label={t('source.schedule.own')}
          maxLength={100}
          spellCheck={false}
          value={value ?? ''}
          onChange={({ target }) => onChange?.(target.value)}
        />
      )}
    </div>
  );
}
