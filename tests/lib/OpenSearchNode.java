import java.nio.file.Path;
import java.util.List;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/** One OpenSearch node on loopback, its data in a directory: OpenSearchNode DIR PORT. */
public class OpenSearchNode extends Node {
	private OpenSearchNode(Environment environment) {
		super(environment, List.of(Netty4Plugin.class), false);
	}

	public static void main(String[] args) throws Exception {
		Settings settings = Settings.builder()
			.put("path.home", args[0])
			.put("http.port", args[1])
			.put("transport.port", "0")
			.put("network.host", "127.0.0.1")
			.put("transport.type", "netty4")
			.put("http.type", "netty4")
			.put("discovery.type", "single-node")
			.put("node.name", "test")
			.put("cluster.routing.allocation.disk.threshold_enabled", false)
			.build();
		new OpenSearchNode(InternalSettingsPreparer.prepareEnvironment(
			settings, java.util.Map.of(), Path.of(args[0], "config"), () -> "test")).start();
		Thread.currentThread().join();
	}
}
