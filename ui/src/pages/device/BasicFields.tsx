import { PasswordInput, Stack, TextInput } from '@mantine/core';
import { CopyButton } from '../../components/CopyButton';
import { deviceText } from '../../text/en/device';
import type { BasicCredentials } from './basicCredentials';
import classes from './CredentialsTab.module.css';
import sectionClasses from './Section.module.css';

const text = deviceText.basic;

interface Props {
  value: BasicCredentials;
  error: string | null;
  onChange: (value: BasicCredentials) => void;
}

export function BasicFields({ value, error, onChange }: Props) {
  const field = (name: 'clientId' | 'userName') => (
    <TextInput
      classNames={{ input: classes.mono }}
      label={text[name]}
      maxLength={255}
      spellCheck={false}
      autoComplete="off"
      value={value[name]}
      rightSection={value[name] !== '' && <CopyButton value={value[name]} what={text[name].toLowerCase()} />}
      onChange={(event) => onChange({ ...value, [name]: event.currentTarget.value })}
    />
  );
  return (
    <Stack gap="sm" className={classes.basic}>
      <p className={sectionClasses.lead}>{text.lead}</p>
      {field('clientId')}
      {field('userName')}
      <PasswordInput
        label={`${text.password} ${text.optional}`}
        description={text.passwordHint}
        maxLength={255}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': text.show }}
        value={value.password}
        error={error}
        onChange={(event) => onChange({ ...value, password: event.currentTarget.value })}
      />
    </Stack>
  );
}
