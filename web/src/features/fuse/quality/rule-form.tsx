import {
  type NewQualityRule,
  QUALITY_DIMENSIONS,
  type QualityRule,
  type QualityRuleChange,
  type Source,
} from '@ronghe/contracts';
import { Button, Drawer, Form, Input, InputNumber, Radio, Select, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../../lib/query.ts';
import { usePick } from '../../../lib/use-format.ts';
import { spreadErrors } from '../field-errors.ts';
import { Refusal } from '../refusal.tsx';
import { useNotify } from '../use-notify.ts';
import { CheckFields, Percent } from './check-fields.tsx';
import { beginCheck, type CheckValues, checkOf, formOf } from './checks.ts';
import { RuleTrial } from './rule-trial.tsx';
import { DIMENSIONS } from './scores.tsx';
import '../form.css';

export type RuleValues = Omit<NewQualityRule, 'check'> & { check: CheckValues };
type RuleFormProps = {
  open: boolean;
  /** the rule that is changed; null for a new one */
  rule: QualityRule | null;
  sources: readonly Source[];
  onClose: () => void;
};

const PATH = '/api/fuse/quality/rules';
const BLANK = {
  source: null,
  dimension: 'completeness',
  severity: 'warn',
  tolerance: 0,
  weight: 1,
  active: true,
} as const;

/** A rule of one's own, or what may be changed of one that came with the platform. */
export function RuleForm({ open, rule, sources, onClose }: RuleFormProps) {
  const { t } = useTranslation();
  const notify = useNotify();
  const [form] = Form.useForm<RuleValues>();
  const [left, setLeft] = useState<string[]>();
  const send = useSend<QualityRule>(['/api/fuse']);
  const close = () => {
    send.reset();
    onClose();
  };
  const save = async () => {
    const values = await form.validateFields();
    try {
      await send.mutateAsync(
        rule === null
          ? { method: 'POST', path: PATH, body: ruleOf(values) }
          : { method: 'PATCH', path: `${PATH}/${rule.id}`, body: changeOf(values, rule) },
      );
      notify.done(t('action.saved'));
      close();
    } catch (error) {
      setLeft(spreadErrors(error, form));
    }
  };
  return (
    <Drawer
      open={open}
      onClose={close}
      size={760}
      title={t(rule === null ? 'board.addRule' : 'board.changeRule')}
      destroyOnHidden
      footer={
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button onClick={close}>{t('action.cancel')}</Button>
          <Button type="primary" loading={send.isPending} onClick={() => void save().catch(() => {})}>
            {t('action.save')}
          </Button>
        </div>
      }
    >
      {send.error && <Refusal error={send.error} details={left} />}
      {rule?.shipped && <div className="notice">{t('board.shippedHint')}</div>}
      <Form
        form={form}
        layout="vertical"
        initialValues={
          rule === null
            ? { ...BLANK, check: beginCheck('required') }
            : { ...rule, check: formOf(rule.check as CheckValues) }
        }
      >
        <RuleFields rule={rule} sources={sources} />
        <RuleTrial sources={sources} />
      </Form>
    </Drawer>
  );
}

/** What is sent for a new rule; who writes one language only has it in both. */
export function ruleOf(values: RuleValues): NewQualityRule {
  const both = (text: { zh: string; en: string }) => ({ zh: text.zh, en: text.en || text.zh });
  return {
    ...values,
    name: both(values.name),
    remedy: both(values.remedy),
    source: values.source ?? null,
    check: checkOf(values.check) as NewQualityRule['check'],
  };
}

/** What is sent to change a rule: of a shipped one only how strict it is. `base` is the version that was edited. */
export function changeOf(values: RuleValues, rule: QualityRule): QualityRuleChange {
  const { severity, tolerance, weight, active } = values;
  if (rule.shipped) return { base: rule.version, severity, tolerance, weight, active };
  const { key: _fixed, source: _own, ...change } = ruleOf(values);
  return { base: rule.version, ...change };
}

function RuleFields({ rule, sources }: Pick<RuleFormProps, 'rule' | 'sources'>) {
  const { t } = useTranslation();
  const pick = usePick();
  const fixed = rule?.shipped ?? false;
  const required = [{ required: true, message: t('required') }];
  return (
    <>
      <div className="form-grid">
        <Form.Item name={['name', 'zh']} label={t('board.nameZh')} rules={required}>
          <Input disabled={fixed} maxLength={200} />
        </Form.Item>
        <Form.Item name={['name', 'en']} label={t('board.nameEn')}>
          <Input disabled={fixed} maxLength={200} />
        </Form.Item>
        <Form.Item
          name="key"
          label={t('fuse.sources.key')}
          rules={[...required, { pattern: /^[a-z0-9][a-z0-9-]*$/, message: t('wizard.name.keyHint') }]}
        >
          <Input disabled={rule !== null} maxLength={60} spellCheck={false} />
        </Form.Item>
        <Form.Item name="source" label={t('board.appliesTo')}>
          <Select
            allowClear
            disabled={rule !== null}
            showSearch={{ optionFilterProp: 'label' }}
            placeholder={t('board.everySource')}
            options={sources.map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Form.Item>
      </div>
      <h3 className="form-step">{t('board.checkTitle')}</h3>
      <CheckFields sources={sources} disabled={fixed} />
      <h3 className="form-step">{t('board.strictness')}</h3>
      <div className="form-grid">
        <Form.Item name="severity" label={t('fuse.finding.severity')}>
          <Radio.Group
            optionType="button"
            options={(['hold', 'warn', 'log'] as const).map((value) => ({
              value,
              label: t(`board.severities.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item name="dimension" label={t('fuse.finding.dimension')}>
          <Select
            disabled={fixed}
            options={DIMENSIONS.map((value) => ({ value, label: pick(QUALITY_DIMENSIONS[value]) }))}
          />
        </Form.Item>
        <Form.Item
          name="tolerance"
          label={t('board.tolerance')}
          extra={t('board.toleranceHint')}
          rules={required}
        >
          <Percent />
        </Form.Item>
        <Form.Item name="weight" label={t('board.weight')} extra={t('board.weightHint')} rules={required}>
          <InputNumber min={0} max={100} style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item name="active" label={t('board.active')} valuePropName="checked">
          <Switch />
        </Form.Item>
      </div>
      <div className="form-grid">
        <Form.Item name={['remedy', 'zh']} label={t('board.remedyZh')} rules={required}>
          <Input.TextArea disabled={fixed} rows={2} maxLength={500} />
        </Form.Item>
        <Form.Item name={['remedy', 'en']} label={t('board.remedyEn')}>
          <Input.TextArea disabled={fixed} rows={2} maxLength={500} />
        </Form.Item>
      </div>
    </>
  );
}
