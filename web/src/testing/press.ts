import { configure, fireEvent, screen, waitFor } from '@testing-library/react';

/** A busy machine draws slowly. */
export const PATIENCE = { timeout: 8_000 };
configure({ asyncUtilTimeout: PATIENCE.timeout });

/** The button with this text or label. Looking by role reads every style of the page, which takes seconds on a long one. */
export function button(name: string | RegExp): HTMLElement {
  const found = [...document.querySelectorAll<HTMLElement>('button')].find((element) => {
    const label = element.getAttribute('aria-label') ?? element.textContent ?? '';
    return typeof name === 'string' ? label.trim() === name : name.test(label);
  });
  if (!found) throw new Error(`there is no button ${String(name)}`);
  return found;
}

/** Presses a button as soon as it is there and may be pressed. */
export async function press(name: string | RegExp): Promise<void> {
  await waitFor(() => {
    if (button(name).hasAttribute('disabled'))
      throw new Error(`the button ${String(name)} may not be pressed`);
  }, PATIENCE);
  fireEvent.click(button(name));
}

/** Writes into the field with this label. */
export const write = (label: string | RegExp, text: string): void =>
  void fireEvent.change(screen.getByLabelText(label), { target: { value: text } });
