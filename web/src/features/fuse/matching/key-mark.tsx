import { usePreferences } from '../../../lib/preferences.ts';

/** The key that does what a button does, shown on it while keys are on; readers hear of it from the button itself. */
export function KeyMark({ name }: { name: string }) {
  const { shortcuts } = usePreferences();
  if (shortcuts !== 'on') return null;
  return (
    <span className="key-mark" aria-hidden="true">
      {name}
    </span>
  );
}
