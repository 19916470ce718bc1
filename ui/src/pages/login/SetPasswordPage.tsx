import { Button, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { passwordPolicy, setPassword } from '../../api/auth';
import { paths } from '../../app/paths';
import { ErrorNote } from '../../components/ErrorNote';
import { LogoMark } from '../../components/Logo';
import { useTitle } from '../../components/useTitle';
import { text } from '../../text/en';
import classes from './LoginPage.module.css';

/** Where links for a first or a new password lead: /set-password#token. The token leaves the address at once. */
export default function SetPasswordPage() {
  useTitle(text.setPassword.title);
  const [token] = useState(takeToken);
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const policy = useQuery({ queryKey: ['passwordPolicy'], queryFn: ({ signal }) => passwordPolicy(signal) });

  const set = useMutation({
    mutationFn: () => setPassword(token, next),
    onSuccess: () => window.location.replace(paths.home),
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = next === '' ? text.password.missing : next !== again ? text.password.differ : null;
    setFault(found);
    set.reset();
    if (found === null && !set.isPending) set.mutate();
  };

  return (
    <main className={classes.root}>
      <div className={classes.card}>
        <div className={classes.brand}>
          <LogoMark size={44} />
          <div>
            <Title order={1} className={classes.name}>
              {text.setPassword.title}
            </Title>
            <Text size="sm" c="dimmed">
              {text.setPassword.lead}
            </Text>
          </div>
        </div>
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            <PasswordInput
              label={text.password.next}
              description={policy.data && text.setPassword.policy(policy.data.minimumLength)}
              autoComplete="new-password"
              size="md"
              autoFocus
              value={next}
              onChange={(event) => setNext(event.currentTarget.value)}
            />
            <PasswordInput
              label={text.password.again}
              autoComplete="new-password"
              size="md"
              value={again}
              error={fault}
              onChange={(event) => setAgain(event.currentTarget.value)}
            />
            {set.error !== null && <ErrorNote error={set.error} />}
            <Button type="submit" size="md" fullWidth loading={set.isPending} disabled={token === ''}>
              {text.setPassword.submit}
            </Button>
          </Stack>
        </form>
        {token === '' && (
          <Text size="sm" c="dimmed" className={classes.hint}>
            {text.setPassword.noToken}
          </Text>
        )}
      </div>
    </main>
  );
}

function takeToken(): string {
  const token = window.location.hash.slice(1);
  if (token !== '') window.history.replaceState(null, '', window.location.pathname);
  return token;
}
