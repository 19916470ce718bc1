import { Button, Checkbox, NativeSelect, SegmentedControl, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { messageOf } from '../../api/errors';
import { callDevice } from '../../api/rpc';
import { keys } from '../../app/keys';
import { useNow } from '../../components/useNow';
import { deviceText } from '../../text/en/device';
import { emptyForm, faultsOf, jsonFault, requestOf, type CallFaults, type CallForm } from './rpcForm';
import { KeptCalls } from './RpcKept';
import { SessionCalls, type SessionCall } from './RpcSession';
import classes from './RpcTab.module.css';
import sectionClasses from './Section.module.css';

const text = deviceText.rpc;
const SESSION_CALLS = 50;

/** Calls to the device: a console, what this session called, and what the server keeps for it. */
export default function RpcTab({ deviceId }: { deviceId: string }) {
  const queryClient = useQueryClient();
  const [form, setForm] = useState<CallForm>(emptyForm);
  const [faults, setFaults] = useState<CallFaults>({});
  // Kept with the page's data, so that they are still there after a look at another tab.
  const calls = useQuery<SessionCall[]>({
    queryKey: keys.calls(deviceId),
    queryFn: () => [],
    initialData: [],
    staleTime: Infinity,
    gcTime: Infinity,
  });
  const change = (next: (now: SessionCall[]) => SessionCall[]) =>
    queryClient.setQueryData<SessionCall[]>(keys.calls(deviceId), (now = []) => next(now).slice(0, SESSION_CALLS));

  const call = useMutation({
    mutationFn: async (made: CallForm) => {
      const id = crypto.getRandomValues(new Uint32Array(2)).join('-');
      const started = Date.now();
      const begin = performance.now();
      change((now) => [{ id, form: made, started, state: 'waiting' }, ...now]);
      const end = (rest: Partial<SessionCall>) =>
        change((now) => now.map((one) => (one.id === id ? { ...one, ...rest, ms: performance.now() - begin } : one)));
      try {
        end({ state: 'done', answer: await callDevice(deviceId, made.isOneWay, requestOf(made, started)) });
      } catch (error) {
        end({ state: 'failed', error: messageOf(error) });
      }
      if (made.isPersistent) void queryClient.invalidateQueries({ queryKey: keys.keptCalls(deviceId) });
    },
  });

  const set = (part: Partial<CallForm>) => {
    setForm({ ...form, ...part });
    setFaults({});
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (call.isPending) return;
    const found = faultsOf(form);
    setFaults(found);
    const first = Object.keys(found)[0];
    if (first === undefined) call.mutate(form);
    else (event.currentTarget as HTMLFormElement).querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
  };

  return (
    <Stack gap="xl">
      <form onSubmit={submit} noValidate autoComplete="off">
        <Stack gap="sm">
          <p className={sectionClasses.lead}>{text.lead}</p>
          <TextInput
            name="method"
            label={text.method}
            placeholder={text.methodPlaceholder}
            maxLength={255}
            spellCheck={false}
            value={form.method}
            error={faults.method}
            onChange={(event) => set({ method: event.currentTarget.value })}
          />
          <Textarea
            name="params"
            label={text.params}
            description={text.paramsHint}
            classNames={{ input: classes.json }}
            rows={3}
            spellCheck={false}
            autoCapitalize="off"
            value={form.params}
            error={faults.params}
            onChange={(event) => set({ params: event.currentTarget.value })}
            onBlur={() => setFaults((now) => ({ ...now, params: jsonFault(form.params) ?? undefined }) as CallFaults)}
          />
          <div className={classes.row}>
            <SegmentedControl
              aria-label={text.kind}
              value={form.isOneWay ? 'oneway' : 'twoway'}
              onChange={(value) => set({ isOneWay: value === 'oneway' })}
              data={[
                { value: 'twoway', label: text.twoWay },
                { value: 'oneway', label: text.oneWay },
              ]}
            />
            <TextInput
              name="timeout"
              className={classes.number}
              label={text.timeout}
              inputMode="numeric"
              value={form.timeout}
              error={faults.timeout}
              onChange={(event) => set({ timeout: event.currentTarget.value })}
            />
          </div>
          <Checkbox
            label={text.persistent}
            checked={form.isPersistent}
            onChange={(event) => set({ isPersistent: event.currentTarget.checked })}
          />
          {form.isPersistent && (
            <div className={classes.row}>
              <NativeSelect
                label={text.expires}
                value={String(form.keptFor)}
                onChange={(event) => set({ keptFor: Number(event.currentTarget.value) })}
                data={Object.entries(text.kept).map(([value, label]) => ({ value, label }))}
              />
              <TextInput
                name="retries"
                className={classes.number}
                label={text.retries}
                inputMode="numeric"
                value={form.retries}
                error={faults.retries}
                onChange={(event) => set({ retries: event.currentTarget.value })}
              />
            </div>
          )}
          <div>
            <Button type="submit" disabled={call.isPending}>
              {call.isPending ? <Waiting since={call.submittedAt} /> : text.send}
            </Button>
          </div>
        </Stack>
      </form>
      <SessionCalls calls={calls.data} onAgain={(again) => set(again)} />
      <KeptCalls deviceId={deviceId} />
    </Stack>
  );
}

function Waiting({ since }: { since: number }) {
  const now = useNow(1_000);
  return <>{text.sending(Math.max(0, Math.round((now - since) / 1000)))}</>;
}
