import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { CertificateCard } from '../../components/CertificateCard';
import { CertificateField } from '../../components/CertificateField';
import { CopyButton } from '../../components/CopyButton';
import { DetailSection } from '../../components/DetailFrame';
import type { InspectionState } from '../../components/useInspection';
import type { ProvisionType } from '../../api/deviceProfiles';
import { text } from '../../text/en/profiles';
import { randomToken } from '../device/randomToken';
import { PatternTester } from './PatternTester';
import classes from './profile.module.css';
import type { SectionProps } from './ProfileForm';
import { useAuthority } from './useAuthority';

interface Props extends SectionProps {
  /** The authority that is saved; "" when there is none. */
  keptAuthority: string;
  /** What the server read in the one that was pasted. */
  pasted: InspectionState;
}

export function ProvisionSection(props: Props) {
  const { values, change } = props;
  const kind = values.provisionType;
  return (
    <DetailSection title={text.provision.title} lead={text.provision.lead}>
      <div className={classes.stack}>
        <NativeSelect
          label={text.provision.kind}
          description={text.provision.hints[kind]}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={kind}
          data={Object.entries(text.provision.kinds).map(([value, label]) => ({ value, label }))}
          onChange={(event) => change({ provisionType: event.currentTarget.value as ProvisionType })}
        />
        {(kind === 'ALLOW_CREATE_NEW_DEVICES' || kind === 'CHECK_PRE_PROVISIONED_DEVICES') && <KeyAndSecret {...props} />}
        {kind === 'X509_CERTIFICATE_CHAIN' && <Authority {...props} />}
      </div>
    </DetailSection>
  );
}

function KeyAndSecret({ values, change, errorOf }: Props) {
  const field = (name: 'provisionDeviceKey' | 'provisionDeviceSecret', hint: string) => (
    <TextInput
      name={name}
      label={text.provision[name]}
      description={hint}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      classNames={{ input: classes.mono }}
      spellCheck={false}
      autoComplete="off"
      maxLength={255}
      value={values[name]}
      error={errorOf(name)}
      rightSection={values[name] !== '' && <CopyButton value={values[name]} what={text.provision[name].toLowerCase()} />}
      onChange={(event) => change({ [name]: event.currentTarget.value })}
    />
  );
  return (
    <>
      <div className={classes.pair}>
        {field('provisionDeviceKey', text.provision.keyHint)}
        {field('provisionDeviceSecret', text.provision.secretHint)}
      </div>
      <div>
        <Button
          size="xs"
          variant="default"
          onClick={() => change({ provisionDeviceKey: randomToken(), provisionDeviceSecret: randomToken() + randomToken() })}
        >
          {text.provision.generate}
        </Button>
      </div>
    </>
  );
}

function Authority({ values, change, errorOf, keptAuthority, pasted }: Props) {
  const kept = useAuthority(keptAuthority);
  const fresh = values.authority === keptAuthority ? '' : values.authority;
  return (
    <>
      {kept.certificate && <CertificateCard certificate={kept.certificate} title={text.provision.currentAuthority} />}
      <CertificateField
        value={fresh}
        onChange={(authority) => change({ authority: authority === '' ? keptAuthority : authority })}
        inspection={pasted}
        error={errorOf('provisionDeviceSecret')}
      />
      <TextInput
        name="certificateRegExPattern"
        label={text.provision.certificateRegExPattern}
        description={text.provision.patternHint}
        classNames={{ input: classes.mono }}
        spellCheck={false}
        autoComplete="off"
        maxLength={1024}
        value={values.certificateRegExPattern}
        error={errorOf('certificateRegExPattern')}
        onChange={(event) => change({ certificateRegExPattern: event.currentTarget.value })}
      />
      <PatternTester pattern={values.certificateRegExPattern} />
      <Checkbox
        label={text.provision.allowCreate}
        description={text.provision.allowCreateHint}
        checked={values.allowCreateNewDevicesByX509Certificate}
        onChange={(event) => change({ allowCreateNewDevicesByX509Certificate: event.currentTarget.checked })}
      />
    </>
  );
}
