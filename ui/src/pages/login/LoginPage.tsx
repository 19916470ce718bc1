import { Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import { login } from '../../api/auth';
import { getSession } from '../../api/session';
import { ErrorNote } from '../../components/ErrorNote';
import { LogoMark } from '../../components/Logo';
import { Notice } from '../../components/Notice';
import { useTitle } from '../../components/useTitle';
import { text } from '../../text/en';
import classes from './LoginPage.module.css';

export default function LoginPage() {
  useTitle(text.login.title);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState({ username: false, password: false });
  const [expired] = useState(() => getSession() === 'expired');
  const usernameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);

  const signIn = useMutation({
    mutationFn: () => login(username.trim(), password),
    onError: () => passwordField.current?.select(),
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (signIn.isPending) return;
    const lacks = { username: username.trim() === '', password: password === '' };
    setMissing(lacks);
    if (lacks.username) usernameField.current?.focus();
    else if (lacks.password) passwordField.current?.focus();
    else signIn.mutate();
  };

  return (
    <main className={classes.root}>
      <div className={classes.card}>
        <div className={classes.brand}>
          <LogoMark size={44} />
          <div>
            <Title order={1} className={classes.name}>
              {text.product}
            </Title>
            <Text size="sm" c="dimmed">
              {text.login.lead}
            </Text>
          </div>
        </div>
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            {expired && signIn.isIdle && <Notice kind="info">{text.login.expired}</Notice>}
            <TextInput
              ref={usernameField}
              label={text.login.username}
              type="email"
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              size="md"
              autoFocus
              value={username}
              error={missing.username && text.login.missingUsername}
              onChange={(event) => setUsername(event.currentTarget.value)}
            />
            <PasswordInput
              ref={passwordField}
              label={text.login.password}
              name="password"
              autoComplete="current-password"
              size="md"
              value={password}
              error={missing.password && text.login.missingPassword}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {signIn.error !== null && <ErrorNote error={signIn.error} />}
            <Button type="submit" size="md" fullWidth loading={signIn.isPending}>
              {text.login.submit}
            </Button>
          </Stack>
        </form>
        <Text size="xs" c="dimmed" className={classes.hint}>
          {text.login.firstTime}
        </Text>
      </div>
    </main>
  );
}
