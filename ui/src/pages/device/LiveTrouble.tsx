import { Button, Group } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { registerRefused, type Refusal } from '../../api/deviceEvents';
import { keys } from '../../app/keys';
import { useUser } from '../../app/session';
import { ErrorNote } from '../../components/ErrorNote';
import { Notice } from '../../components/Notice';
import { TimeAgo } from '../../components/TimeAgo';
import { text as common } from '../../text/en';
import { deviceText } from '../../text/en/device';
import type { Trouble } from './doorWatch';
import classes from './LiveArrival.module.css';

const text = deviceText.live;
const titles = { device: text.refused, named: text.refusedNamed, stranger: text.refusedMaybe, message: text.messageRefused };

/** Why the device, or what may be it, did not get in, and what to do about it. */
export function LiveTrouble({ trouble, deviceId }: { trouble: Trouble; deviceId: string }) {
  const { event, kind } = trouble;
  const isStranger = kind === 'named' || kind === 'stranger';
  const hint = hintOf(trouble);
  return (
    <Notice kind={kind === 'stranger' ? 'warn' : 'bad'} title={titles[kind]}>
      <div role="status">
        <span className={classes.reason}>{event.reason}</span>
        {hint !== null && <div>{hint}</div>}
      </div>
      <div className={classes.hint}>
        {[event.subject, event.address, event.clientId].filter(Boolean).join(' · ')} <TimeAgo ts={event.ts} />
      </div>
      {isStranger && 'hasCertificate' in event && event.hasCertificate && (
        <Register key={event.number} refusal={event} deviceId={deviceId} />
      )}
    </Notice>
  );
}

function hintOf({ kind, event }: Trouble): string | null {
  const reason = event.reason ?? '';
  if (/expired/i.test(reason)) return text.what.expired;
  if (/access token|user name/i.test(reason)) return text.what.token;
  if (kind !== 'message' && /no certificate/i.test(reason)) return text.what.none;
  return kind === 'named' && event.fingerprint !== undefined ? text.what.unknownCertificate : null;
}

/** The certificate that was shown becomes the device's, after a second thought. */
function Register({ refusal, deviceId }: { refusal: Refusal; deviceId: string }) {
  const queryClient = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const mayNot = useUser().data?.authority === 'CUSTOMER_USER';
  const register = useMutation({
    mutationFn: () => registerRefused(refusal.number, deviceId),
    onSuccess: () => {
      setAsking(false);
      for (const key of [keys.credentials(deviceId), keys.certificate(deviceId), keys.connectivity(deviceId)]) {
        void queryClient.invalidateQueries({ queryKey: key });
      }
    },
  });
  if (mayNot) return null;
  if (register.isSuccess) return <strong role="status">{text.registered}</strong>;
  return (
    <div className={classes.register}>
      {isAsking ? text.registerText(refusal.subject ?? '') : text.notRegistered}
      {register.error !== null && <ErrorNote error={register.error} />}
      <Group gap="xs" mt={6}>
        <Button
          size="xs"
          variant={isAsking ? 'filled' : 'default'}
          loading={register.isPending}
          onClick={() => (isAsking ? register.mutate() : setAsking(true))}
        >
          {text.register}
        </Button>
        {isAsking && (
          <Button size="xs" variant="default" onClick={() => setAsking(false)}>
            {common.common.cancel}
          </Button>
        )}
      </Group>
    </div>
  );
}
