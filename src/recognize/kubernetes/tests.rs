//! Manifests in, facts out.

use super::*;
use crate::model::Facts;
use crate::model::kubernetes::PullSecretSource;
use crate::recognize::{prefilter, recognize};
use crate::source::{FileId, Loc};
use crate::tree::{Syntax, parse};

const PATH: &str = "k8s/app.yaml";

fn facts(path: &str, text: &str) -> Facts {
    let mut facts = Facts::default();
    let parsed = parse(FileId::NONE, text, Syntax::of(path, text));
    for document in &parsed.documents {
        let subject = Subject {
            path,
            text,
            document,
        };
        if let Some((_, recognized)) = recognize(&subject) {
            facts.append(recognized.facts);
        }
    }
    facts
}

fn slice(loc: Loc, text: &str) -> &str {
    text.get(loc.span.range()).expect("a place in the text")
}

/// `Kind/name: images [secrets] (architectures)`, each image as the file has it.
fn pods(path: &str, text: &str) -> Vec<String> {
    facts(path, text)
        .pods
        .iter()
        .map(|pod| {
            let images: Vec<_> = pod
                .images()
                .map(|image| {
                    let written = &image.written;
                    let shown = written.value.to_string();
                    assert!(slice(written.loc, text).contains(&shown), "{shown}");
                    shown
                })
                .collect();
            let listed = |list: &[Spanned<Template>]| {
                let items: Vec<_> = list.iter().map(|one| one.value.to_string()).collect();
                items.join(" ")
            };
            format!(
                "{}{}: {} [{}] ({}){}",
                pod.namespace
                    .as_ref()
                    .map_or(String::new(), |name| format!("{}:", name.value)),
                pod.origin.label,
                images.join(" "),
                listed(&pod.pull_secrets),
                listed(&pod.architectures),
                if pod.is_fragment { " …" } else { "" }
            )
        })
        .collect()
}

const IMAGE: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1";

#[test]
fn pods_wherever_they_stand() {
    let spec = format!("{{containers: [{{name: a, image: {IMAGE}}}]}}");
    let table = [
        (
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: n}}\nspec: {spec}\n"
            ),
            "n:Pod/p",
        ),
        (
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d}}\nspec: {{template: {{spec: {spec}}}}}\n"
            ),
            "Deployment/d",
        ),
        (
            format!(
                "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: c}}\nspec: {{jobTemplate: {{spec: {{template: {{spec: {spec}}}}}}}}}\n"
            ),
            "CronJob/c",
        ),
        (
            format!(
                "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{template: {{spec: {spec}}}}}\n"
            ),
            "Service/s",
        ),
        (
            format!(
                "apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\nmetadata: {{name: k}}\nspec: {{jobTargetRef: {{template: {{spec: {spec}}}}}}}\n"
            ),
            "ScaledJob/k",
        ),
        (
            format!(
                "apiVersion: example.com/v1\nkind: Thing\nmetadata: {{generateName: t-}}\nspec: {{template: {{spec: {spec}}}}}\n"
            ),
            "Thing/t-",
        ),
        (
            format!(
                "apiVersion: v1\nkind: PodTemplate\nmetadata: {{name: t}}\ntemplate: {{spec: {spec}}}\n"
            ),
            "PodTemplate/t",
        ),
        (
            format!(
                "apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: ConfigMap}}\n- {{apiVersion: v1, kind: Pod, metadata: {{name: l}}, spec: {spec}}}\n"
            ),
            "Pod/l",
        ),
    ];
    for (text, label) in &table {
        assert!(prefilter::may_be_ours_at(PATH, text.as_bytes()), "{text}");
        assert_eq!(
            pods(PATH, text),
            [format!("{label}: {IMAGE} [] ()")],
            "{text}"
        );
    }
}

#[test]
fn several_documents_and_json() {
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n    - image: \"{IMAGE}\"\n"
        )
    };
    let text = format!("---\n{}---\n# nothing\n---\n{}", pod("a"), pod("b"));
    assert_eq!(
        pods(PATH, &text),
        [
            format!("Pod/a: {IMAGE} [] ()"),
            format!("Pod/b: {IMAGE} [] ()")
        ]
    );
    let json = format!(
        r#"{{"apiVersion": "v1", "kind": "List", "items": [{{"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {{"name": "d"}}, "spec": {{"template": {{"spec": {{"containers": [{{"image": "{IMAGE}"}}]}}}}}}}}]}}"#
    );
    assert_eq!(
        pods("k8s.json", &json),
        [format!("Deployment/d: {IMAGE} [] ()")]
    );
}

#[test]
fn everything_that_a_pod_says() {
    let text = "\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: r}
spec:
  template:
    spec:
      serviceAccountName: app
      imagePullSecrets: [{name: regcred}, {name: other}]
      nodeSelector: {kubernetes.io/arch: arm64}
      initContainers: [{name: i, image: host/init}]
      containers:
        - name: c
          image: ${REGISTRY}/app:$TAG
          command: [sh, -c]
          args: [run it]
          env:
            - {name: A, value: x}
            - {name: B, valueFrom: {secretKeyRef: {name: s, key: k}}}
      ephemeralContainers: [{name: e, image: busybox}]
      volumes:
        - {name: v, image: {reference: host/data:1}}
        - {name: w, emptyDir: {}}
";
    assert_eq!(
        pods(PATH, text),
        ["Rollout/r: host/init ${REGISTRY}/app:$TAG busybox host/data:1 [regcred other] (arm64)"]
    );
    let facts = facts(PATH, text);
    let pod = facts.pods.first().expect("a pod");
    let container = pod.containers.get(1).expect("a container");
    let command: Vec<_> = container
        .command
        .iter()
        .map(|word| word.value.to_string())
        .collect();
    assert_eq!(command, ["sh", "-c", "run it"]);
    let names: Vec<_> = container
        .environment
        .iter()
        .map(|(name, _)| &name.value)
        .collect();
    assert_eq!(names, ["A"], "what comes from elsewhere has no value");
    assert_eq!(
        slice(container.environment.first().expect("one").1.loc, text),
        "x"
    );
    let account = pod.service_account.as_ref().expect("an account");
    assert_eq!(account.value.as_literal(), Some("app"));
}

#[test]
fn architectures_that_an_affinity_leaves() {
    let pod = |terms: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers: [{{image: a}}]\n  affinity:\n    nodeAffinity:\n      requiredDuringSchedulingIgnoredDuringExecution:\n        nodeSelectorTerms: {terms}\n"
        );
        pods(PATH, &text)
    };
    let arch = |values: &str| {
        format!(
            "{{matchExpressions: [{{key: zone, operator: Exists}}, {{key: kubernetes.io/arch, operator: In, values: [{values}]}}]}}"
        )
    };
    assert_eq!(
        pod(&format!("[{}]", arch("arm64"))),
        ["Pod/p: a [] (arm64)"]
    );
    assert_eq!(
        pod(&format!("[{}, {}]", arch("arm64"), arch("amd64"))),
        ["Pod/p: a [] (arm64 amd64)"]
    );
    // The second term is met by nodes of any architecture.
    assert_eq!(
        pod(&format!(
            "[{}, {{matchExpressions: [{{key: zone, operator: Exists}}]}}]",
            arch("arm64")
        )),
        ["Pod/p: a [] ()"]
    );
    assert_eq!(
        pod("[{matchExpressions: [{key: kubernetes.io/arch, operator: NotIn, values: [arm64]}]}]"),
        ["Pod/p: a [] ()"]
    );
}

#[test]
fn a_patch_is_a_part() {
    let text = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec: {template: {spec: {imagePullSecrets: [{name: s}]}}}
";
    assert_eq!(pods(PATH, text), ["Deployment/app:  [s] () …"]);
}

#[test]
fn service_accounts_and_their_roles() {
    let text = "\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: app
  namespace: shop
  annotations:
    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/app
imagePullSecrets:
  - name: regcred
";
    let facts = facts(PATH, text);
    let [account] = facts.service_accounts.as_slice() else {
        panic!("{:?}", facts.service_accounts)
    };
    let role = account.role.as_ref().expect("a role");
    assert_eq!(slice(role.loc, text), "arn:aws:iam::111122223333:role/app");
    assert_eq!(account.name.value.as_literal(), Some("app"));
    assert_eq!(account.pull_secrets.len(), 1);
    assert_eq!(account.origin.label, "ServiceAccount/app");
}

/// `name source: hosts`, with `…` where not all could be read.
fn secrets(text: &str) -> Vec<String> {
    let facts = facts(PATH, text);
    let shown = facts.pull_secrets.iter().map(|secret| {
        let hosts: Vec<_> = secret
            .logins
            .iter()
            .map(|login| {
                let place = slice(login.registry.loc, text);
                let mark = if login.credential.is_some() { "+" } else { "" };
                format!(
                    "{}{mark}@{}",
                    login.registry.value,
                    place.chars().take(12).collect::<String>()
                )
            })
            .collect();
        let open = if secret.complete { "" } else { " …" };
        let source = match secret.source {
            PullSecretSource::Written => "written",
            PullSecretSource::Generator => "generated",
            PullSecretSource::Command { is_scheduled: true } => "scheduled",
            PullSecretSource::Command {
                is_scheduled: false,
            } => "made",
        };
        format!("{} {source}: {}{open}", secret.name.value, hosts.join(" "))
    });
    shown.collect()
}

#[test]
fn pull_secrets_in_every_form() {
    let plain = "\
apiVersion: v1
kind: Secret
metadata: {name: s}
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: |
    {\"auths\": {\"h.example\": {\"auth\": \"QVdTOnB3\"}, \"i.example\": {}}}
";
    assert_eq!(
        secrets(plain),
        ["s written: h.example+@\"h.example\" i.example@\"i.example\""]
    );
    // {"auths":{"h.example":{"auth":"eDp5"}}}
    let encoded = "\
apiVersion: v1
kind: Secret
metadata: {name: s}
type: kubernetes.io/dockerconfigjson
data:
  .dockerconfigjson: eyJhdXRocyI6eyJoLmV4YW1wbGUiOnsiYXV0aCI6ImVEcDUifX19
";
    assert_eq!(secrets(encoded), ["s written: h.example+@eyJhdXRocyI6"]);
    // {"h.example":{"auth":"eDp5"}}
    let old = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/dockercfg\ndata: {.dockercfg: eyJoLmV4YW1wbGUiOnsiYXV0aCI6ImVEcDUifX0=}\n";
    assert_eq!(secrets(old), ["s written: h.example+@eyJoLmV4YW1w"]);
    for data in [
        "data: {.dockerconfigjson: '${CONFIG}'}",
        "data: {.dockerconfigjson: '!!!'}",
        "data: {.dockerconfigjson: [x]}",
        "stringData: {.dockerconfigjson: x}",
        "stringData: {.dockerconfigjson: '{\"auths\": ['}",
        "data: {}",
    ] {
        let text = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ntype: kubernetes.io/dockerconfigjson\n{data}\n"
        );
        assert_eq!(secrets(&text), ["s written:  …"], "{data}");
    }
    let opaque =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: Opaque\ndata: {dockercfg: x}\n";
    assert_eq!(secrets(opaque), [""; 0]);
}

#[test]
fn generators_and_commands_make_secrets() {
    let external = "\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: ecr}
spec:
  refreshInterval: 8h
  target: {name: regcred, template: {type: kubernetes.io/dockerconfigjson}}
  dataFrom:
    - sourceRef:
        generatorRef: {apiVersion: generators.external-secrets.io/v1alpha1, kind: ECRAuthorizationToken, name: g}
";
    assert_eq!(secrets(external), ["regcred generated:  …"]);
    let stored = external.replace("ECRAuthorizationToken", "Password");
    assert_eq!(secrets(&stored), [""; 0]);
    let job = "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: renew}
spec:
  schedule: '0 */8 * * *'
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: renew
              image: amazon/aws-cli
              command: [/bin/sh, -ec]
              args:
                - |
                  TOKEN=$(aws ecr get-login-password --region eu-west-1)
                  kubectl delete secret regcred --ignore-not-found
                  kubectl create secret docker-registry regcred \\
                    --docker-server=$HOST --docker-username=AWS --docker-password=$TOKEN
              env: [{name: HOST, value: h.example}]
";
    assert_eq!(secrets(job), ["regcred scheduled: h.example@--docker-ser"]);
    let once = job
        .replace("CronJob", "Job")
        .replace("  jobTemplate:\n    spec:\n", "  x:\n    y:\n");
    assert_eq!(secrets(&once), [""; 0], "no template of a pod is there");
}

#[test]
fn scripts_of_containers_are_scripts() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
    - image: docker
      command: [sh, -c, \"$(aws ecr get-login --no-include-email) && docker push $HOST/x\"]
      env: [{name: HOST, value: h.example}]
    - image: a
      command: [aws, ecr, get-login]
    - image: b
      command: [sh, -c, 'echo docker']
";
    let facts = facts(PATH, text);
    let [pipeline] = facts.pipelines.as_slice() else {
        panic!("{:?}", facts.pipelines)
    };
    let job = pipeline.jobs.first().expect("a job");
    assert_eq!(job.id.value, "Pod/p");
    let acts: Vec<_> = job.steps.iter().flat_map(|step| &step.acts).collect();
    let shown: Vec<_> = acts
        .iter()
        .map(|act| crate::recognize::shown::show(act, text))
        .collect();
    assert_eq!(
        shown,
        [
            "get-login executed @aws ecr get-login --no-include-email",
            "? push h.example/x @$HOST/x"
        ]
    );
}

#[test]
fn nodes_that_tools_describe() {
    let roles = |text: &str| -> Vec<String> {
        facts(PATH, text)
            .instances
            .iter()
            .map(|one| {
                let role = one.role.as_ref().map(|role| role.value.to_string());
                let profile = one.profile.as_ref().map(|name| name.value.to_string());
                format!("{} {:?} {:?}", one.origin.label, role, profile)
            })
            .collect()
    };
    let karpenter = "apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nmetadata: {name: default}\nspec: {role: KarpenterNodeRole-x}\n";
    assert_eq!(
        roles(karpenter),
        ["EC2NodeClass/default Some(\"KarpenterNodeRole-x\") None"]
    );
    let old = "apiVersion: karpenter.k8s.aws/v1alpha1\nkind: AWSNodeTemplate\nmetadata: {name: d}\nspec: {instanceProfile: p}\n";
    assert_eq!(roles(old), ["AWSNodeTemplate/d None Some(\"p\")"]);
    let cluster = "\
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: c, region: eu-west-1}
managedNodeGroups:
  - {name: a, iam: {instanceRoleARN: 'arn:aws:iam::111122223333:role/n'}}
  - {name: b}
fargateProfiles: [{name: f}]
";
    assert_eq!(
        roles(cluster),
        [
            "a Some(\"arn:aws:iam::111122223333:role/n\") None",
            "b Some(\"<role>\") None",
            "f Some(\"<role>\") None"
        ]
    );
    assert_eq!(
        roles("apiVersion: x/v1\nkind: ClusterConfig\nspec: {}\n"),
        [""; 0]
    );
}

#[test]
fn kustomizations_by_kind_and_by_name() {
    let text = "\
resources: [../base, deploy.yaml]
images:
  - name: app
    newName: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/app
    newTag: v2
  - {name: other, digest: 'sha256:0f'}
patches:
  - {path: patch.yaml}
  - patch: |
      - op: add
";
    let read = facts("overlays/prod/kustomization.yaml", text);
    let [one] = read.kustomizations.as_slice() else {
        panic!("{:?}", read.kustomizations)
    };
    let paths: Vec<_> = one
        .resources
        .iter()
        .map(|path| path.value.to_string())
        .collect();
    assert_eq!(paths, ["../base", "deploy.yaml"]);
    assert_eq!(one.images.len(), 2);
    assert_eq!(one.patches.len(), 1);
    assert!(one.changes_more);
    let kind = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages: [{name: a, newTag: b}]\n";
    assert_eq!(facts("any.yaml", kind).kustomizations.len(), 1);
    assert!(facts("any.yaml", text).is_empty(), "only its name says so");
}

#[test]
fn what_is_no_manifest_of_ours() {
    for text in [
        "apiVersion: v1\nkind: ConfigMap\ndata: {image: x}\n",
        "apiVersion: v1\nkind: Pod\nspec: x\n",
        "apiVersion: v1\nkind: Pod\n",
        "apiVersion: v1\nkind: List\nitems: {}\n",
        "apiVersion: v1\nkind: Service\nspec: {template: {spec: {containers: [{name: x}]}}}\n",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {template: {spec: {containers: {type: array}}}}\n",
        "kind: Pod\nspec: {containers: [{image: x}]}\n",
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nspec: {rules: [{validate: {pattern: {spec: {containers: [{image: '*.dkr.ecr.*/x'}]}}}}]}\n",
    ] {
        let found = facts(PATH, text);
        assert!(found.pods.is_empty(), "{text}");
    }
}

#[test]
fn hostile_manifests_do_no_harm() {
    let lists = format!(
        "{}x{}",
        "{apiVersion: v1, kind: List, items: [".repeat(60),
        "]}".repeat(60)
    );
    assert!(facts(PATH, &lists).is_empty());
    for (key, value) in [
        ("containers", "x"),
        (
            "containers",
            "[x, [], {image: {}}, {image: a, env: x, command: {}}]",
        ),
        (
            "containers",
            "[{image: a, env: [x, {name: []}, {name: A, value: {}}]}]",
        ),
        ("volumes", "[x, {image: y}, {image: {reference: []}}]"),
        ("imagePullSecrets", "{a: b}"),
        ("nodeSelector", "[x]"),
        ("affinity", "{nodeAffinity: []}"),
    ] {
        let text = format!("apiVersion: v1\nkind: Pod\nmetadata: x\nspec: {{{key}: {value}}}\n");
        let found = facts(PATH, &text);
        assert_eq!(found.pods.len(), 1, "{text}");
    }
    let helm =
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: {{ .Values.image }}\n";
    assert!(
        facts(PATH, helm)
            .pods
            .iter()
            .all(|pod| pod.images().count() == 0)
    );
    assert!(!is_clearly_manifest(helm));
}
