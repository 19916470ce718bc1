import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import { saveProfile, type Profile } from '../../api/deviceProfiles';
import { faultAt, messageOf } from '../../api/errors';
import { keys } from '../../app/keys';
import { DetailSection } from '../../components/DetailFrame';
import { DurationField } from '../../components/DurationField';
import { SaveBar } from '../../components/SaveBar';
import { text } from '../../text/en/profiles';
import { GeneralSection } from './GeneralSection';
import { PackagesSection } from './PackagesSection';
import classes from './profile.module.css';
import { bodyOf, newProfile, profileFields, valuesOf, type ChangeValues, type ProfileField, type ProfileValues } from './profileForm';
import { ProvisionSection } from './ProvisionSection';
import { TransportSection } from './TransportSection';
import { useAuthority } from './useAuthority';

export interface SectionProps {
  values: ProfileValues;
  change: ChangeValues;
  /** What is wrong with a field, by the name that it has in the API. */
  errorOf: (field: ProfileField) => string | null;
}

interface Props {
  /** null: a new one. */
  profile: Profile | null;
  onSaved: (profile: Profile) => void;
}

/** Edits begun on `base`, so that saving over someone else's newer state is noticed by its version. */
type Draft = ProfileValues & { base: Profile | null };

export function ProfileForm({ profile, onSaved }: Props) {
  const queryClient = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  // Fields that keep what is typed begin anew when the edits are dropped or saved.
  const [round, setRound] = useState(0);
  const [missingName, setMissingName] = useState(false);
  const kept = profile === null ? newProfile : valuesOf(profile);
  const values: ProfileValues = draft ?? kept;
  const isChain = values.provisionType === 'X509_CERTIFICATE_CHAIN';
  const pasted = useAuthority(isChain && values.authority !== kept.authority ? values.authority : '');

  const save = useMutation({
    mutationFn: ({ base, ...changed }: Draft) => saveProfile(bodyOf(changed, base)),
    onSuccess: (saved) => {
      queryClient.setQueryData(keys.profile(saved.id.id), saved);
      void queryClient.invalidateQueries({ queryKey: keys.allProfiles });
      begin();
      if (profile === null) notifications.show({ message: text.added(saved.name) });
      onSaved(saved);
    },
    onError: (error) => focusOn(faultAt(error, profileFields)),
  });
  const begin = () => {
    setDraft(null);
    setMissingName(false);
    setRound((now) => now + 1);
  };
  const focusOn = (field: ProfileField | null) => {
    const name = field === 'provisionDeviceSecret' && isChain ? 'certificate' : field;
    form.current?.querySelector<HTMLElement>(`[name="${name}"]`)?.focus();
  };
  const change: ChangeValues = (part) => {
    setDraft({ ...values, base: draft?.base ?? profile, ...part });
    setMissingName(false);
    if (!save.isPending) save.reset();
  };
  const discard = () => {
    begin();
    save.reset();
    if (profile !== null) void queryClient.invalidateQueries({ queryKey: keys.profile(profile.id.id) });
  };
  const noNumbers = values.inactivity === undefined || values.ttl === undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (save.isPending || noNumbers || (isChain && pasted.refused)) return;
    if (values.name.trim() === '') {
      setMissingName(true);
      focusOn('name');
    } else save.mutate({ ...values, base: draft?.base ?? profile });
  };

  const fault = faultAt(save.error, profileFields);
  const errorOf = (field: ProfileField) =>
    field === 'name' && missingName ? text.missingName : fault === field ? messageOf(save.error) : null;
  const section = { values, change, errorOf };
  return (
    <form ref={form} onSubmit={submit} noValidate autoComplete="off" className={classes.stack}>
      <GeneralSection {...section} />
      <TransportSection {...section} />
      <ProvisionSection {...section} keptAuthority={kept.authority} pasted={pasted} />
      <DetailSection title={text.times.title}>
        <div className={classes.pair} key={round}>
          <DurationField
            name="inactivityTimeout"
            label={text.times.inactivityTimeout}
            description={text.times.inactivityHint}
            placeholder={text.times.serverSays}
            value={values.inactivity ?? null}
            error={errorOf('inactivityTimeout')}
            onChange={(inactivity) => change({ inactivity })}
          />
          <DurationField
            name="telemetryTtlSeconds"
            label={text.times.telemetryTtlSeconds}
            description={text.times.ttlHint}
            placeholder={text.times.serverSays}
            value={values.ttl ?? null}
            error={errorOf('telemetryTtlSeconds')}
            onChange={(ttl) => change({ ttl })}
          />
        </div>
      </DetailSection>
      <PackagesSection {...section} profileId={profile?.id.id ?? null} />
      <SaveBar
        changed={draft !== null}
        saving={save.isPending}
        saved={save.isSuccess}
        error={fault === null ? save.error : null}
        submit={profile === null ? text.add : undefined}
        sticky
        onDiscard={discard}
      />
    </form>
  );
}
