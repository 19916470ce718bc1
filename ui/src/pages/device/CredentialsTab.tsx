import { Button, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { deviceCertificate } from '../../api/certificates';
import { deviceCredentials, saveCredentials } from '../../api/credentials';
import { messageOf } from '../../api/errors';
import type { Credentials, CredentialsType } from '../../api/types';
import { keys } from '../../app/keys';
import { CertificateCard } from '../../components/CertificateCard';
import { CertificateField } from '../../components/CertificateField';
import { CopyButton } from '../../components/CopyButton';
import { ErrorNote } from '../../components/ErrorNote';
import { Notice } from '../../components/Notice';
import { PageLoader } from '../../components/PageLoader';
import { useInspection } from '../../components/useInspection';
import { text } from '../../text/en';
import { credentials as credentialsTexts } from '../../text/en/credentials';
import { deviceText } from '../../text/en/device';
import { basicOf, basicValue, isSame, type BasicCredentials } from './basicCredentials';
import { BasicFields } from './BasicFields';
import classes from './CredentialsTab.module.css';
import { randomToken } from './randomToken';

export function CredentialsTab({ deviceId }: { deviceId: string }) {
  const credentials = useQuery({
    queryKey: keys.credentials(deviceId),
    queryFn: ({ signal }) => deviceCredentials(deviceId, signal),
    // A form is filled in beside it: it must not change under the hand.
    refetchOnWindowFocus: false,
  });
  if (credentials.data) return <CredentialsForm credentials={credentials.data} />;
  if (credentials.error) return <ErrorNote error={credentials.error} onRetry={() => void credentials.refetch()} />;
  return <PageLoader />;
}

function CredentialsForm({ credentials }: { credentials: Credentials }) {
  const deviceId = credentials.deviceId.id;
  const now: CredentialsType = credentials.credentialsType;
  const queryClient = useQueryClient();
  const [chosen, setChosen] = useState<CredentialsType | null>(null);
  const [token, setToken] = useState<string | null>(null);
  const [basic, setBasic] = useState<BasicCredentials | null>(null);
  const [certificate, setCertificate] = useState('');
  const narrow = useMediaQuery('(max-width: 420px)') ?? false;
  const kind: CredentialsType = chosen ?? now;

  const inspection = useInspection(kind === 'X509_CERTIFICATE' ? certificate : '', deviceId);
  const current = useQuery({
    queryKey: keys.certificate(deviceId),
    queryFn: ({ signal }) => deviceCertificate(deviceId, signal),
    enabled: now === 'X509_CERTIFICATE',
  });

  const save = useMutation({
    mutationFn: (changed: Credentials) => saveCredentials(changed),
    onSuccess: (saved) => {
      queryClient.setQueryData(keys.credentials(deviceId), saved);
      void queryClient.invalidateQueries({ queryKey: keys.certificate(deviceId) });
      void queryClient.invalidateQueries({ queryKey: keys.connectivity(deviceId) });
      setChosen(null);
      setToken(null);
      setBasic(null);
      setCertificate('');
    },
  });

  const savedToken = now === 'ACCESS_TOKEN' ? credentials.credentialsId : '';
  const shownToken = token ?? savedToken;
  const savedBasic = basicOf(credentials);
  const shownBasic = basic ?? savedBasic;
  const changed = {
    X509_CERTIFICATE: certificate !== '' && !inspection.refused,
    ACCESS_TOKEN: shownToken.trim() !== savedToken,
    MQTT_BASIC: !isSame(shownBasic, savedBasic) && shownBasic.clientId + shownBasic.userName !== '',
  }[kind];

  const forget = () => {
    if (!save.isPending) save.reset();
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!changed || save.isPending) return;
    const value = {
      X509_CERTIFICATE: { credentialsId: '', credentialsValue: certificate },
      ACCESS_TOKEN: { credentialsId: shownToken.trim(), credentialsValue: null },
      MQTT_BASIC: { credentialsId: '', credentialsValue: basicValue(shownBasic) },
    }[kind];
    save.mutate({ ...credentials, credentialsType: kind, ...value });
  };

  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <Stack>
        <div>
          <Text component="div" id="credentials-type" size="sm" fw={500} mb={4}>
            {credentialsTexts.type}
          </Text>
          <SegmentedControl
            className={classes.kind}
            orientation={narrow ? 'vertical' : 'horizontal'}
            aria-labelledby="credentials-type"
            value={kind}
            onChange={(value) => {
              setChosen(value as CredentialsType);
              forget();
            }}
            data={[
              { value: 'ACCESS_TOKEN', label: credentialsTexts.token },
              { value: 'X509_CERTIFICATE', label: credentialsTexts.certificate },
              { value: 'MQTT_BASIC', label: deviceText.basic.tab },
            ]}
          />
        </div>

        {kind === 'MQTT_BASIC' && (
          <BasicFields
            value={shownBasic}
            error={save.error === null ? null : messageOf(save.error)}
            onChange={(value) => {
              setBasic(value);
              forget();
            }}
          />
        )}

        {kind === 'ACCESS_TOKEN' && (
          <TokenField
            value={shownToken}
            error={save.error === null ? null : messageOf(save.error)}
            onChange={(value) => {
              setToken(value);
              forget();
            }}
          />
        )}

        {kind === 'X509_CERTIFICATE' && (
          <>
            {current.data && <CertificateCard certificate={current.data} title={credentialsTexts.current} />}
            {current.error !== null && <ErrorNote error={current.error} onRetry={() => void current.refetch()} />}
            <CertificateField
              value={certificate}
              onChange={(value) => {
                setCertificate(value);
                forget();
              }}
              inspection={inspection}
              deviceId={deviceId}
              error={save.error === null ? null : messageOf(save.error)}
            />
          </>
        )}

        {changed && <Consequence now={now} next={kind} />}
        <Group className={classes.actions} data-ready={changed || undefined}>
          <Button type="submit" disabled={!changed} loading={save.isPending}>
            {text.common.save}
          </Button>
          <span role="status" className={classes.saved}>
            {save.isSuccess && credentialsTexts.saved}
          </span>
        </Group>

        {kind === 'X509_CERTIFICATE' && now !== 'X509_CERTIFICATE' && certificate === '' && <HowTo />}
      </Stack>
    </form>
  );
}

function Consequence({ now, next }: { now: CredentialsType; next: CredentialsType }) {
  const ends = {
    X509_CERTIFICATE: now === next ? credentialsTexts.replaceHint : credentialsTexts.replaceCertificate,
    ACCESS_TOKEN: credentialsTexts.replaceToken,
    MQTT_BASIC: deviceText.basic.replaceBasic,
  }[now];
  return <Notice kind="info">{ends}</Notice>;
}

interface TokenFieldProps {
  value: string;
  error: string | null;
  onChange: (value: string) => void;
}

function TokenField({ value, error, onChange }: TokenFieldProps) {
  return (
    <div>
      <div className={classes.token}>
        <TextInput
          className={classes.tokenInput}
          classNames={{ input: classes.mono }}
          label={credentialsTexts.token}
          description={credentialsTexts.tokenHint}
          maxLength={32}
          spellCheck={false}
          autoComplete="off"
          value={value}
          error={error}
          rightSection={<CopyButton value={value} what={credentialsTexts.token.toLowerCase()} />}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </div>
      <Button
        mt="xs"
        size="xs"
        variant="default"
        leftSection={<IconRefresh size={15} />}
        onClick={() => onChange(randomToken())}
      >
        {credentialsTexts.generate}
      </Button>
    </div>
  );
}

const HOW =
  "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj '/CN=my-device' -keyout key.pem -out cert.pem";

function HowTo() {
  return (
    <div className={classes.how}>
      <Text size="sm" c="dimmed">
        {credentialsTexts.how}
      </Text>
      <div className={classes.command}>
        <code>{HOW}</code>
        <CopyButton value={HOW} what={text.connectivity.command.toLowerCase()} />
      </div>
    </div>
  );
}
