// Command podmankube writes the Kubernetes manifests so that Debian's podman 4.3 can play them:
//
//	podmankube MANIFESTS FOLDER DATABASE-URL MASTER-KEY-FILE
//
// What runs stays as it is: image, arguments, settings, user, file system, limits. What is changed is what podman cannot do:
// it knows no Job, publishes each port of a container on the machine, asks probes by a shell inside the container, and reads
// secrets in two ways of its own.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

type object = map[string]any

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "podmankube MANIFESTS FOLDER DATABASE-URL MASTER-KEY-FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, "podmankube:", err)
		os.Exit(1)
	}
}

// run writes job.yaml, gateway.yaml and the secrets mounted.yaml and environment.json.
func run(manifests, folder, database, keyFile string) error {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(manifests)
	if err != nil {
		return err
	}
	var job, gateway []object
	for from := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var o object
		if err := from.Decode(&o); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return fmt.Errorf("%s: %w", manifests, err)
		}
		switch o["kind"] {
		case "ConfigMap":
			gateway = append(gateway, o)
		case "Deployment":
			playable(template(o))
			o["spec"].(object)["replicas"] = 1 // a second one has the same name in podman's network
			gateway = append(gateway, o)
		case "Job":
			pod := template(o)
			playable(pod)
			job = append(job, object{"apiVersion": "v1", "kind": "Pod", "metadata": o["metadata"], "spec": pod})
		}
	}
	mounted := object{
		"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": "whoseline"},
		"data": object{"master-key": strings.TrimSpace(string(key))}, // podman mounts it as it stands
	}
	environment, err := json.Marshal(object{"database-url": base64.StdEncoding.EncodeToString([]byte(database))})
	if err != nil {
		return err
	}
	return errors.Join(
		write(folder, "job.yaml", job...), write(folder, "gateway.yaml", gateway...), write(folder, "mounted.yaml", mounted),
		os.WriteFile(filepath.Join(folder, "environment.json"), environment, 0o600),
	)
}

func template(o object) object {
	return o["spec"].(object)["template"].(object)["spec"].(object)
}

// playable takes out of a pod what podman cannot do.
func playable(pod object) {
	for _, c := range pod["containers"].([]any) {
		c := c.(object)
		for _, key := range []string{"ports", "livenessProbe", "readinessProbe", "startupProbe"} {
			delete(c, key)
		}
		for _, v := range c["env"].([]any) {
			v.(object)["valueFrom"].(object)["secretKeyRef"].(object)["name"] = "whoseline-environment"
		}
	}
	volumes, _ := pod["volumes"].([]any)
	for _, v := range volumes {
		v.(object)["secret"].(object)["optional"] = false // podman 4.3 reads it without asking whether it is there
	}
}

func write(folder, name string, objects ...object) error {
	var text bytes.Buffer
	to := yaml.NewEncoder(&text)
	for _, o := range objects {
		if err := to.Encode(o); err != nil {
			return err
		}
	}
	if err := to.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name), text.Bytes(), 0o600)
}
