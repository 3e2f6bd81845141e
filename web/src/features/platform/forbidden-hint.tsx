import { PERMISSIONS, type Permission } from '@ronghe/contracts/permissions';
import { useTranslation } from 'react-i18next';
import { usePick } from '../../lib/use-format.ts';

/** Names the missing permission as people call it. */
export default function ForbiddenHint({ permission }: { permission: Permission }) {
  const { t } = useTranslation();
  const pick = usePick();
  return <span>{t('state.forbiddenHint', { permission: pick(PERMISSIONS[permission]) })}</span>;
}
