import { Button, Group, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent, type KeyboardEvent } from 'react';
import { saveAttribute, type SavedScope } from '../../api/attributes';
import type { LivePoint } from '../../api/live';
import { ErrorNote } from '../../components/ErrorNote';
import { Notice } from '../../components/Notice';
import { ValueText } from '../../components/ValueText';
import { text } from '../../text/en';
import { attributes as attributesTexts } from '../../text/en/values';
import classes from './AttributeEditor.module.css';
import { convert, fieldOf, typeOf, valueOf, valueTypes, type ValueType } from './attributeValue';

interface Props {
  deviceId: string;
  scope: SavedScope;
  /** The present point; undefined: a new attribute. */
  point?: LivePoint | undefined;
  /** Keys that are there already. */
  known: string[];
  onDone: () => void;
  onSaved: () => void;
}

interface Draft {
  key: string;
  type: ValueType;
  text: string;
}

/** Key, kind and value of one attribute. Enter saves, Escape leaves it as it is. */
export function AttributeEditor({ deviceId, scope, point, known, onDone, onSaved }: Props) {
  const [base] = useState(point);
  const [draft, setDraft] = useState<Draft>({
    key: base?.key ?? '',
    type: base ? typeOf(base.value) : 'string',
    text: base ? fieldOf(base.value) : '',
  });
  const [fault, setFault] = useState<{ key?: string; value?: string }>({});
  const save = useMutation({
    mutationFn: (value: unknown) => saveAttribute(deviceId, scope, draft.key.trim(), value),
    onSuccess: () => {
      onSaved();
      onDone();
    },
  });
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setFault({});
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (save.isPending) return;
    const value = valueOf(draft.type, draft.text);
    const key = draft.key.trim();
    if (key === '') setFault({ key: attributesTexts.missingKey });
    else if (!base && known.includes(key)) setFault({ key: attributesTexts.knownKey });
    else if (value === undefined) {
      setFault({ value: draft.type === 'number' ? attributesTexts.badNumber : attributesTexts.badJson });
    } else save.mutate(value);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onDone();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
  };

  const isChanged = base !== undefined && point !== undefined && base.ts !== point.ts;
  const field = {
    label: attributesTexts.value,
    value: draft.text,
    error: fault.value,
    // The field that was asked for has the focus.
    'data-autofocus': base !== undefined || undefined,
    autoFocus: base !== undefined,
  };
  return (
    <form className={classes.root} onSubmit={submit} onKeyDown={onKeyDown} noValidate autoComplete="off">
      <div className={classes.fields}>
        {!base && (
          <TextInput
            size="xs"
            label={attributesTexts.key}
            value={draft.key}
            error={fault.key}
            maxLength={255}
            autoFocus
            onChange={(event) => change({ key: event.currentTarget.value })}
          />
        )}
        <NativeSelect
          size="xs"
          label={attributesTexts.type}
          className={classes.type}
          value={draft.type}
          onChange={(event) => {
            const type = event.currentTarget.value as ValueType;
            change({ type, text: convert(draft.text, type) });
          }}
          data={valueTypes.map((value) => ({ value, label: attributesTexts.types[value] }))}
        />
        {draft.type === 'boolean' && (
          <NativeSelect
            {...field}
            size="xs"
            className={classes.value}
            data={['true', 'false']}
            onChange={(event) => change({ text: event.currentTarget.value })}
          />
        )}
        {draft.type === 'json' && (
          <Textarea
            {...field}
            size="xs"
            className={classes.value}
            classNames={{ input: classes.mono }}
            autosize
            minRows={2}
            maxRows={14}
            spellCheck={false}
            onChange={(event) => change({ text: event.currentTarget.value })}
          />
        )}
        {(draft.type === 'string' || draft.type === 'number') && (
          <TextInput
            {...field}
            size="xs"
            className={classes.value}
            inputMode={draft.type === 'number' ? 'decimal' : 'text'}
            onChange={(event) => change({ text: event.currentTarget.value })}
          />
        )}
      </div>
      {isChanged && (
        <Notice kind="warn">
          {attributesTexts.changedMeanwhile} <ValueText value={point.value} brief />
        </Notice>
      )}
      {save.error !== null && <ErrorNote error={save.error} />}
      <Group gap="xs">
        <Button type="submit" size="xs" loading={save.isPending}>
          {text.common.save}
        </Button>
        <Button size="xs" variant="subtle" color="gray" onClick={onDone}>
          {text.common.cancel}
        </Button>
      </Group>
    </form>
  );
}
