import { Checkbox, SegmentedControl, Text, Textarea, TextInput } from '@mantine/core';
import { DetailSection } from '../../components/DetailFrame';
import { text } from '../../text/en/profiles';
import classes from './profile.module.css';
import type { SectionProps } from './ProfileForm';
import type { ProfileValues } from './profileForm';

const topics = ['deviceTelemetryTopic', 'deviceAttributesTopic', 'deviceAttributesSubscribeTopic'] as const;
const schemas = ['deviceTelemetryProtoSchema', 'deviceAttributesProtoSchema', 'deviceRpcRequestProtoSchema', 'deviceRpcResponseProtoSchema'] as const;

export function TransportSection({ values, change, errorOf }: SectionProps) {
  return (
    <DetailSection title={text.transports.title} lead={text.transports.lead}>
      <div className={classes.stack}>
        <Choice
          label={text.transports.kind}
          value={values.transportType}
          options={['DEFAULT', 'MQTT']}
          onChange={(transportType) => change({ transportType })}
        />
        {values.transportType === 'DEFAULT' ? (
          <p className={classes.hint}>{text.transports.defaultHint}</p>
        ) : (
          <>
            <div className={classes.pair}>
              {topics.map((name) => (
                <TextInput
                  key={name}
                  name={name}
                  label={text.transports[name]}
                  description={text.transports.topicHint}
                  classNames={{ input: classes.mono }}
                  spellCheck={false}
                  maxLength={1024}
                  value={values[name]}
                  error={errorOf(name)}
                  onChange={(event) => change({ [name]: event.currentTarget.value })}
                />
              ))}
            </div>
            <Choice
              label={text.transports.payload}
              value={values.payload}
              options={['JSON', 'PROTOBUF']}
              onChange={(payload) => change({ payload })}
            />
            {values.payload === 'PROTOBUF' && <Schemas values={values} change={change} errorOf={errorOf} />}
            <Checkbox
              label={text.transports.sendAckOnValidationException}
              description={text.transports.ackHint}
              checked={values.sendAckOnValidationException}
              onChange={(event) => change({ sendAckOnValidationException: event.currentTarget.checked })}
            />
          </>
        )}
      </div>
    </DetailSection>
  );
}

function Schemas({ values, change, errorOf }: SectionProps) {
  return (
    <>
      {schemas.map((name) => (
        <Textarea
          key={name}
          name={name}
          label={text.transports[name]}
          {...(name.includes('Rpc') && { description: text.transports.ownSchema })}
          classNames={{ input: classes.mono }}
          spellCheck={false}
          autosize
          minRows={name.includes('Rpc') ? 2 : 5}
          maxRows={18}
          value={values[name]}
          error={errorOf(name)}
          onChange={(event) => change({ [name]: event.currentTarget.value })}
        />
      ))}
      <Checkbox
        label={text.transports.enableCompatibilityWithJsonPayloadFormat}
        description={text.transports.enableCompatibilityHint}
        checked={values.enableCompatibilityWithJsonPayloadFormat}
        onChange={(event) => change({ enableCompatibilityWithJsonPayloadFormat: event.currentTarget.checked })}
      />
      {values.enableCompatibilityWithJsonPayloadFormat && (
        <Checkbox
          label={text.transports.useJsonPayloadFormatForDefaultDownlinkTopics}
          checked={values.useJsonPayloadFormatForDefaultDownlinkTopics}
          onChange={(event) => change({ useJsonPayloadFormatForDefaultDownlinkTopics: event.currentTarget.checked })}
        />
      )}
    </>
  );
}

type Word = ProfileValues['transportType'] | ProfileValues['payload'];

function Choice<W extends Word>(props: { label: string; value: W; options: readonly W[]; onChange: (value: W) => void }) {
  const id = `choice-${props.options.join('-')}`;
  return (
    <div>
      <Text component="div" id={id} size="sm" fw={500} mb={4}>
        {props.label}
      </Text>
      <SegmentedControl
        aria-labelledby={id}
        value={props.value}
        data={props.options.map((word) => ({ value: word, label: text.transports[word] }))}
        onChange={(word) => props.onChange(word as W)}
      />
    </div>
  );
}
