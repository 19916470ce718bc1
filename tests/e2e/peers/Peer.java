import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A device on Java's own TLS: logs in with its certificate, publishes twenty values with QoS 1.
 * Arguments: port, chain, PKCS#12 file (password "device"), TLS version.
 */
public final class Peer {
    public static void main(String[] args) throws Exception {
        try (SSLSocket socket = (SSLSocket) context(args[1], args[2]).getSocketFactory()
                .createSocket("localhost", Integer.parseInt(args[0]))) {
            socket.setEnabledProtocols(new String[] {args[3]});
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            InputStream in = socket.getInputStream();
            out.write(new byte[] {0x10, 0x10, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 4, 'j', 'a', 'v', 'a'});
            expect(in, 0x20, 2, 0, 0);
            for (int number = 1; number <= 20; number++) {
                out.write(publish(number));
                expect(in, 0x40, 2, 0, number);
            }
            out.write(new byte[] {(byte) 0xe0, 0});
        }
    }

    private static SSLContext context(String chain, String own) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream file = Files.newInputStream(Path.of(chain))) {
            int number = 0;
            for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(file))
                trusted.setCertificateEntry("chain-" + number++, certificate);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(Path.of(own))) {
            keys.load(file, "device".toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "device".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static byte[] publish(int number) throws IOException {
        byte[] topic = "v1/devices/me/telemetry".getBytes(StandardCharsets.UTF_8);
        byte[] body = ("{peer:" + number + "}").getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.write(new byte[] {0x32, (byte) (topic.length + 4 + body.length), 0, (byte) topic.length});
        packet.write(topic);
        packet.write(new byte[] {0, (byte) number});
        packet.write(body);
        return packet.toByteArray();
    }

    private static void expect(InputStream in, int... want) throws IOException {
        byte[] got = in.readNBytes(want.length);
        byte[] bytes = new byte[want.length];
        for (int at = 0; at < want.length; at++)
            bytes[at] = (byte) want[at];
        if (!Arrays.equals(got, bytes))
            throw new IOException("expected " + Arrays.toString(bytes) + ", got " + Arrays.toString(got));
    }
}
