package deploy

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// object is what the tests read of a manifest, whatever its kind.
type object struct {
	Kind     string
	Metadata struct{ Name, Namespace string }
	Data     map[string]string
	Spec     struct {
		Selector    yaml.Node
		PodSelector yaml.Node `yaml:"podSelector"`
		JobLabel    string    `yaml:"jobLabel"`
		Template    struct {
			Metadata struct{ Labels map[string]string }
			Spec     pod
		}
		Ports []struct {
			Target string `yaml:"targetPort"`
		}
		Endpoints []struct{ Port, Path string } `yaml:"podMetricsEndpoints"`
	}
}

type pod struct {
	Security struct {
		NonRoot bool `yaml:"runAsNonRoot"`
	} `yaml:"securityContext"`
	Containers []container
	Volumes    []struct {
		Name   string
		Secret struct {
			Name  string `yaml:"secretName"`
			Items []struct{ Key, Path string }
		}
	}
}

type container struct {
	Image string
	Args  []string
	From  []struct {
		Map struct{ Name string } `yaml:"configMapRef"`
	} `yaml:"envFrom"`
	Env []struct {
		Name, Value string
		From        struct {
			Secret struct{ Name, Key string } `yaml:"secretKeyRef"`
		} `yaml:"valueFrom"`
	}
	Ports []struct {
		Name   string
		Number int `yaml:"containerPort"`
	}
	Live     probe `yaml:"livenessProbe"`
	Ready    probe `yaml:"readinessProbe"`
	Security struct {
		Escalation *bool `yaml:"allowPrivilegeEscalation"`
		ReadOnly   bool  `yaml:"readOnlyRootFilesystem"`
	} `yaml:"securityContext"`
	Mounts []struct {
		Name string
		Path string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
}

type probe struct {
	Get struct{ Path, Port string } `yaml:"httpGet"`
}

// manifests gives the objects of a file by kind; there is one of each.
func manifests(t *testing.T, file string) map[string]object {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]object{}
	for from := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var o object
		err := from.Decode(&o)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if all[o.Kind].Kind != "" {
			t.Fatalf("%s: two objects of kind %s", file, o.Kind)
		}
		all[o.Kind] = o
	}
}

// gateway gives the manifests and the one container of the objects that run something.
func gateway(t *testing.T) (all map[string]object, serve, migrate container) {
	t.Helper()
	all = manifests(t, "kubernetes/whoseline.yaml")
	for _, kind := range []string{"Deployment", "Job"} {
		if n := len(all[kind].Spec.Template.Spec.Containers); n != 1 {
			t.Fatalf("the %s has %d containers", kind, n)
		}
	}
	return all, all["Deployment"].Spec.Template.Spec.Containers[0], all["Job"].Spec.Template.Spec.Containers[0]
}

func TestKubernetesNamesSettingsThatExist(t *testing.T) {
	t.Parallel()
	all, serve, migrate := gateway(t)
	if len(serve.From) != 1 || serve.From[0].Map.Name != all["ConfigMap"].Metadata.Name {
		t.Fatalf("the gateway reads its settings from %+v", serve.From)
	}
	environment := maps.Clone(all["ConfigMap"].Data)
	maps.Copy(environment, variables(t, serve))
	c := settings(t, environment)
	mustServe(t, c)
	if c.Database.Migrate {
		t.Error("gateways bring the schema up to date themselves, and so does the job")
	}
	mustMount(t, all["Deployment"].Spec.Template.Spec, c.Security.MasterKeyFile)
	settings(t, variables(t, migrate))
}

// variables gives the variables of a container. Those from secrets get a value that does for a database.
func variables(t *testing.T, c container) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, v := range c.Env {
		all[v.Name] = v.Value
		if from := v.From.Secret; from.Name != "" {
			if from.Name != "whoseline" || from.Key != "database-url" {
				t.Errorf("%s comes from %+v", v.Name, from)
			}
			all[v.Name] = "postgres://whoseline@db/whoseline"
		}
	}
	return all
}

// mustMount checks that a file is where the settings say.
func mustMount(t *testing.T, p pod, file string) {
	t.Helper()
	for _, mount := range p.Containers[0].Mounts {
		for _, v := range p.Volumes {
			for _, item := range v.Secret.Items {
				if v.Name == mount.Name && path.Join(mount.Path, item.Path) == file && v.Secret.Name == "whoseline" {
					return
				}
			}
		}
	}
	t.Errorf("nothing mounts %q", file)
}

func TestGatewaysInKubernetesAreAskedAtTheOpsPort(t *testing.T) {
	t.Parallel()
	all, serve, _ := gateway(t)
	ports := map[string]int{}
	for _, p := range serve.Ports {
		ports[p.Name] = p.Number
	}
	if ports["http"] != 8080 || ports["ops"] != 9464 {
		t.Errorf("ports: %v", ports)
	}
	if serve.Live.Get.Path != "/livez" || serve.Live.Get.Port != "ops" {
		t.Errorf("lives: %+v", serve.Live)
	}
	if serve.Ready.Get.Path != "/readyz" || serve.Ready.Get.Port != "ops" {
		t.Errorf("ready: %+v", serve.Ready)
	}
	for _, p := range all["Service"].Spec.Ports {
		if p.Target != "http" {
			t.Errorf("the service leads to %q", p.Target)
		}
	}
	monitor := manifests(t, "kubernetes/podmonitor.yaml")["PodMonitor"]
	if e := monitor.Spec.Endpoints; len(e) != 1 || e[0].Port != "ops" || e[0].Path != "/metrics" {
		t.Errorf("Prometheus asks %+v", e)
	}
	if job := all["Deployment"].Spec.Template.Metadata.Labels[monitor.Spec.JobLabel]; job != "whoseline" {
		t.Errorf("the job is %q, the rules want whoseline", job)
	}
}

func TestPodsInKubernetesMayDoLittle(t *testing.T) {
	t.Parallel()
	all, serve, migrate := gateway(t)
	for kind, c := range map[string]container{"Deployment": serve, "Job": migrate} {
		if !all[kind].Spec.Template.Spec.Security.NonRoot || !c.Security.ReadOnly {
			t.Errorf("%s: as root, or with a root that it may write to", kind)
		}
		if c.Security.Escalation == nil || *c.Security.Escalation {
			t.Errorf("%s may gain privileges", kind)
		}
	}
	if !slices.Equal(serve.Args, []string{"serve"}) || !slices.Equal(migrate.Args, []string{"migrate"}) {
		t.Errorf("they run %v and %v", serve.Args, migrate.Args)
	}
}

func TestSelectorsInKubernetesMeanTheGateways(t *testing.T) {
	t.Parallel()
	all, _, _ := gateway(t)
	labels := all["Deployment"].Spec.Template.Metadata.Labels
	monitor := manifests(t, "kubernetes/podmonitor.yaml")["PodMonitor"]
	for _, o := range []object{all["Deployment"], all["PodDisruptionBudget"], all["Service"], all["NetworkPolicy"], monitor} {
		if o.Metadata.Namespace != all["Namespace"].Metadata.Name {
			t.Errorf("the %s is in namespace %q", o.Kind, o.Metadata.Namespace)
		}
		node := o.Spec.Selector
		if o.Kind == "NetworkPolicy" {
			node = o.Spec.PodSelector
		}
		var wanted map[string]string
		if o.Kind == "Service" {
			if err := node.Decode(&wanted); err != nil {
				t.Fatal(err)
			}
		} else {
			var s struct {
				Match map[string]string `yaml:"matchLabels"`
			}
			if err := node.Decode(&s); err != nil {
				t.Fatal(err)
			}
			wanted = s.Match
		}
		if len(wanted) == 0 || !maps.Equal(wanted, labels) {
			t.Errorf("the %s selects %v, the pods are %v", o.Kind, wanted, labels)
		}
	}
}
