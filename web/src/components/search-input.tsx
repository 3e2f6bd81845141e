import { SearchOutlined } from '@ant-design/icons';
import { Input } from 'antd';
import { useEffect, useRef, useState } from 'react';

type SearchInputProps = { value: string; label: string; onChange: (text: string) => void };
/** Milliseconds of rest after the last key before a search is sent. */
const REST_MS = 300;

/** A search field that waits for the input method: letters of an unfinished pinyin are not searched. */
export function SearchInput({ value, label, onChange }: SearchInputProps) {
  const [text, setText] = useState(value);
  const composing = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The address echoes what was typed here; only a change from elsewhere may overwrite the field.
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const later = (next: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send(next), REST_MS);
  };
  // What the page has learnt during the rest must not be undone by what it knew at the last key.
  const latest = useRef(onChange);
  latest.current = onChange;
  const send = (next: string) => {
    clearTimeout(timer.current);
    sent.current = next.trim();
    latest.current(next.trim());
  };
  return (
    <Input
      allowClear
      className="grow"
      prefix={<SearchOutlined aria-hidden />}
      placeholder={label}
      aria-label={label}
      value={text}
      onCompositionStart={() => {
        composing.current = true;
      }}
      onCompositionEnd={(event) => {
        composing.current = false;
        later(event.currentTarget.value);
      }}
      onChange={(event) => {
        setText(event.target.value);
        if (!composing.current) later(event.target.value);
      }}
      onPressEnter={() => send(text)}
    />
  );
}
