//! What the commands of `run:` steps do.

use super::*;

#[track_caller]
fn check(cases: &[(&str, &[&str])]) {
    for (script, expected) in cases {
        assert_eq!(acts_of_script(script), *expected, "{script}");
    }
}

const HOST: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";

#[test]
fn the_aws_cli_in_every_order() {
    check(&[
        (
            "aws ecr describe-images --repository-name x",
            &["aws ecr describe-images"],
        ),
        (
            "aws --region eu-west-1 --profile p ecr describe-images",
            &["aws ecr describe-images region=eu-west-1 profile"],
        ),
        (
            "aws ecr --region=eu-west-1 describe-images",
            &["aws ecr describe-images region=eu-west-1"],
        ),
        (
            "aws --debug --no-cli-pager --output json sts get-caller-identity",
            &["aws sts get-caller-identity"],
        ),
        ("/usr/local/bin/aws s3 ls", &["aws s3 ls"]),
        ("sudo -E aws s3 ls", &["aws s3 ls"]),
        (
            "aws --version\naws help\naws s3 help\naws --no-sign-request s3 ls",
            &[],
        ),
        ("aws configure list\naws configure get region", &[]),
        (
            "X=$(aws ssm get-parameter --name x) || true",
            &["aws ssm get-parameter"],
        ),
        ("if true; then aws s3 ls; fi", &["? aws s3 ls"]),
        (
            "aws dynamodb list-tables --endpoint-url http://localhost:9000 --no-cli-pager",
            &[],
        ),
        (
            "aws ecr describe-images --endpoint-url https://api.ecr.eu-west-1.amazonaws.com",
            &["aws ecr describe-images"],
        ),
        ("echo aws ecr get-login", &[]),
    ]);
}

#[test]
fn get_login() {
    check(&[
        (
            "$(aws ecr get-login --no-include-email --region eu-west-1)",
            &[
                "get-login region=eu-west-1 executed @aws ecr get-login --no-include-email --region eu-west-1",
            ],
        ),
        (
            "eval \"$(aws --region $R ecr get-login)\"",
            &["get-login region=$R executed @aws --region $R ecr get-login"],
        ),
        (
            "aws ecr get-login | sh",
            &["get-login executed @aws ecr get-login"],
        ),
        (
            "L=$(aws ecr get-login)\n$L",
            &["get-login executed @aws ecr get-login"],
        ),
        ("aws ecr get-login", &["get-login @aws ecr get-login"]),
        (
            "if aws --version | grep -q 'aws-cli/1'; then\n  $(aws ecr get-login)\nfi",
            &["? get-login executed v1 @aws ecr get-login"],
        ),
    ]);
}

#[test]
fn docker_login_in_every_order() {
    let token = "aws ecr get-login-password --region eu-west-1";
    let call = "aws ecr get-login-password region=eu-west-1";
    for (login, expected) in [
        (
            format!("{token} | docker login --username AWS --password-stdin {HOST}"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("{token} | docker login {HOST} -u AWS --password-stdin"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("{token} | docker login --password-stdin -uAWS {HOST}"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("{token} | sudo docker login --password-stdin --username=AWS {HOST}"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("{token} |\n  docker --config /tmp login --password-stdin {HOST}"),
            "stdin:token(eu-west-1)",
        ),
        (
            format!("{token} | tr -d x | podman login -u AWS --password-stdin {HOST}"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("P=$({token})\necho \"$P\" | docker login -u AWS --password-stdin {HOST}"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("P=$({token})\ndocker login -u AWS --password-stdin {HOST} <<< $P"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("{token} > p.txt\ndocker login -u AWS --password-stdin {HOST} < p.txt"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("{token} > p.txt\ncat p.txt | docker login -u AWS --password-stdin {HOST}"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("{token} | helm registry login --username AWS --password-stdin {HOST}"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("{token} | oras login -u AWS --password-stdin {HOST}"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("{token} | crane auth login -u AWS --password-stdin {HOST}"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("{token} | skopeo login -u AWS --password-stdin {HOST}"),
            "user=AWS stdin:token(eu-west-1)",
        ),
        (
            format!("docker login -u AWS -p $({token}) {HOST}"),
            "user=AWS command-line:token(eu-west-1) @-p $(aws ecr get-login-password --region eu-west-1)",
        ),
        (
            format!("docker login -u AWS --password=\"$({token})\" https://{HOST}"),
            "user=AWS command-line:token(eu-west-1) @--password=\"$(aws ecr get-login-password --region eu-west-1)\"",
        ),
        (
            format!("P=`{token}`\ndocker login {HOST} -u AWS -p$P"),
            "user=AWS command-line:token(eu-west-1) @-p$P",
        ),
    ] {
        let scheme = if login.contains("https://") {
            "https://"
        } else {
            ""
        };
        assert_eq!(
            acts_of_script(&login),
            [call.to_string(), format!("login {scheme}{HOST} {expected}")],
            "{login}"
        );
    }
    check(&[
        (
            "docker login -u u -p hunter2",
            &["login hub user=u command-line:other @-p hunter2"],
        ),
        (
            "docker login -u u -p ${{ secrets.P }} x.example",
            &["login x.example user=u command-line:unknown @-p ${{ secrets.P }}"],
        ),
        (
            "echo ${{ secrets.GITHUB_TOKEN }} | docker login ghcr.io -u x --password-stdin",
            &["login ghcr.io user=x stdin:other"],
        ),
        ("docker login x.example", &["login x.example missing"]),
        (
            "docker login -u AWS x.example",
            &["login x.example user=AWS missing"],
        ),
        ("docker login --help\ndocker logout x.example", &[]),
        (
            "aws ecr-public get-login-password --region us-east-1 | docker login -u AWS --password-stdin public.ecr.aws",
            &[
                "aws ecr-public get-login-password region=us-east-1",
                "login public.ecr.aws user=AWS stdin:token(us-east-1,public) public",
            ],
        ),
        (
            "export AWS_REGION=us-west-2\naws ecr get-login-password | docker login -u AWS --password-stdin x.example",
            &[
                "aws ecr get-login-password",
                "login x.example user=AWS stdin:token(us-west-2)",
            ],
        ),
        (
            "AWS_DEFAULT_REGION=us-west-2 aws ecr get-login-password | docker login -u AWS --password-stdin x.example",
            &[
                "aws ecr get-login-password",
                "login x.example user=AWS stdin:token(us-west-2)",
            ],
        ),
        (
            "docker login -u AWS --password-stdin x.example <<EOF\n$(aws ecr get-login-password)\nEOF",
            &[
                "aws ecr get-login-password",
                "login x.example user=AWS stdin:token(?)",
            ],
        ),
        (
            "aws ecr get-authorization-token --output text --query x | base64 -d | cut -d: -f2 | docker login -u AWS --password-stdin x.example",
            &[
                "aws ecr get-authorization-token",
                "login x.example user=AWS stdin:token(?)",
            ],
        ),
    ]);
}

#[test]
fn images_that_move() {
    check(&[
        (
            "docker push r.example/a:1",
            &["push r.example/a:1 @r.example/a:1"],
        ),
        (
            "docker push --all-tags -q \"r.example/$A\"",
            &["push r.example/$A:<all tags> @\"r.example/$A\""],
        ),
        (
            "docker image push r.example/a\npodman push r.example/b",
            &[
                "push r.example/a @r.example/a",
                "push r.example/b @r.example/b",
            ],
        ),
        (
            "podman push local docker://r.example/a",
            &["push r.example/a @docker://r.example/a"],
        ),
        ("podman push --creds a:b r.example/a", &[]),
        (
            "docker manifest push r.example/a",
            &["push r.example/a @r.example/a"],
        ),
        (
            "docker pull --platform linux/amd64 r.example/a",
            &["pull r.example/a @r.example/a"],
        ),
        (
            "docker build -t r.example/a .\ndocker push r.example/a",
            &["push r.example/a @r.example/a"],
        ),
        (
            "docker build --push -t r.example/a --tag=r.example/b --build-arg X=1 .",
            &[
                "push r.example/a @r.example/a",
                "push r.example/b @--tag=r.example/b",
            ],
        ),
        (
            "docker buildx build --platform a,b -t r.example/a --output type=registry .",
            &["push r.example/a @r.example/a"],
        ),
        (
            "docker buildx build -t r.example/a -o type=image,push=true .",
            &["push r.example/a @r.example/a"],
        ),
        ("docker buildx build -t r.example/a --load .", &[]),
        (
            "docker build -t r.example/a . && docker push r.example/a",
            &["? push r.example/a @r.example/a"],
        ),
        (
            "docker buildx imagetools create -t r.example/a r.example/b",
            &[
                "pull r.example/b @r.example/b",
                "push r.example/a @r.example/a",
            ],
        ),
        (
            "docker buildx bake --push",
            &["unseen docker buildx bake --push"],
        ),
        (
            "docker compose -f x.yml push web",
            &["unseen docker compose -f x.yml push web"],
        ),
        ("docker-compose down\ndocker compose logs", &[]),
        (
            "skopeo copy docker://r.example/a docker://s.example/b",
            &[
                "pull r.example/a @docker://r.example/a",
                "push s.example/b @docker://s.example/b",
            ],
        ),
        (
            "skopeo copy --dest-creds a:b docker-archive:x docker://s.example/b",
            &[],
        ),
        (
            "crane copy r.example/a s.example/b",
            &[
                "pull r.example/a @r.example/a",
                "push s.example/b @s.example/b",
            ],
        ),
        (
            "crane push x.tar s.example/b",
            &["push s.example/b @s.example/b"],
        ),
        (
            "helm push c.tgz oci://s.example/charts",
            &["push s.example/charts @oci://s.example/charts"],
        ),
        ("helm upgrade x ./chart --set a=b", &[]),
        (
            "/kaniko/executor --context . --destination r.example/a",
            &[
                "unseen /kaniko/executor --context . --destination r.example/a",
                "push r.example/a @r.example/a",
            ],
        ),
    ]);
}

#[test]
fn running_an_image_pulls_it_unless_it_is_there() {
    check(&[
        (
            "docker run --rm -it -v $PWD:/x -e A=b --name n r.example/a cmd -x",
            &["pull r.example/a @r.example/a"],
        ),
        (
            "docker run --rm r.example/a\ndocker run r.example/a",
            &["pull r.example/a @r.example/a"],
        ),
        (
            "docker build -t r.example/a:$TAG .\ndocker run r.example/a:$TAG",
            &[],
        ),
        (
            "docker build -t r.example/a:$TAG .\ndocker run r.example/a:$OTHER",
            &[],
        ),
        (
            "docker build -t r.example/a .\ndocker run r.example/b",
            &["pull r.example/b @r.example/b"],
        ),
        ("docker tag x r.example/a\ndocker run r.example/a", &[]),
        ("docker load -i x.tar\ndocker run r.example/a", &[]),
        (
            "docker run --pull=always r.example/a",
            &["pull r.example/a @r.example/a"],
        ),
        (
            "docker run -v /var/run/docker.sock:/var/run/docker.sock r.example/a",
            &[
                "pull r.example/a @r.example/a",
                "unseen docker run -v /var/run/docker.sock:/var/run/docker.sock r.example/a",
            ],
        ),
    ]);
}

#[test]
fn credentials_of_the_shell() {
    check(&[
        (
            "export AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b\nexport AWS_SESSION_TOKEN=c",
            &["credentials Environment key=a secret=b token=c"],
        ),
        (
            "AWS_ACCESS_KEY_ID=a\nexport AWS_ACCESS_KEY_ID",
            &["credentials Environment key=a"],
        ),
        ("AWS_ACCESS_KEY_ID=a", &[]),
        (
            "AWS_PROFILE=p aws s3 ls",
            &["credentials Environment", "aws s3 ls"],
        ),
        ("export AWS_PROFILE=\nunset AWS_ACCESS_KEY_ID", &[]),
        (
            "aws configure set aws_access_key_id ${{ secrets.A }}\naws configure set aws_secret_access_key ${{ secrets.B }} --profile default\naws configure set region eu-west-1",
            &["credentials Shell key=${{ secrets.A }} secret=${{ secrets.B }} region=eu-west-1"],
        ),
        ("aws configure set region eu-west-1", &[]),
        (
            "C=$(aws sts assume-role --role-arn arn:x --role-session-name s)\nexport AWS_ACCESS_KEY_ID=$(echo $C | jq -r .a)\nexport AWS_SECRET_ACCESS_KEY=$(echo $C | jq -r .b)",
            &[
                "aws sts assume-role",
                "credentials Shell role=arn:x key=$(echo $C | jq -r .a) secret=$(echo $C | jq -r .b)",
            ],
        ),
        (
            "eval $(aws sts assume-role --role-arn arn:x --query x --output text)",
            &["aws sts assume-role", "credentials Shell role=arn:x"],
        ),
        (
            "mkdir -p ~/.aws\necho x > ~/.aws/credentials",
            &["credentials Shell"],
        ),
        (
            "echo \"AWS_ACCESS_KEY_ID=a\" >> $GITHUB_ENV\necho \"AWS_SECRET_ACCESS_KEY=b\" >> \"$GITHUB_ENV\"",
            &["credentials Environment key=a secret=b"],
        ),
    ]);
}

#[test]
fn what_is_not_in_sight() {
    check(&[
        ("./deploy.sh prod", &["unseen ./deploy.sh prod"]),
        ("bash -x scripts/ci.sh", &["unseen bash -x scripts/ci.sh"]),
        ("source ./env.sh", &["unseen source ./env.sh"]),
        ("make push", &["unseen make push"]),
        ("make test\nmake lint", &[]),
        (
            "npm ci\nnpm run build\nnpm test\nyarn install --frozen-lockfile\nyarn lint",
            &[],
        ),
        ("npm run deploy", &["unseen npm run deploy"]),
        ("yarn release", &["unseen yarn release"]),
        ("npm run build:docker", &["unseen npm run build:docker"]),
        (
            "pip install -r requirements.txt\npytest -q\npython -m pytest\necho docker",
            &[],
        ),
        ("python tools/push.py", &["unseen python tools/push.py"]),
        ("terraform init\nterraform plan", &[]),
        (
            "terraform apply -auto-approve",
            &["unseen terraform apply -auto-approve"],
        ),
        (
            "cdk deploy --all\nsam deploy",
            &["unseen cdk deploy --all", "unseen sam deploy"],
        ),
        ("./gradlew test\nmvn -B verify", &[]),
        (
            "./gradlew jib --image=x\n./gradlew dockerPush",
            &["unseen ./gradlew dockerPush"],
        ),
        ("saml2aws login", &["unseen saml2aws login"]),
        (
            "sudo apt-get install -y amazon-ecr-credential-helper",
            &["unseen apt-get install -y amazon-ecr-credential-helper"],
        ),
        (
            "echo '{\"credHelpers\":{}}' > ~/.docker/config.json",
            &["unseen echo {\"credHelpers\":{}}"],
        ),
        ("$TOOL push x", &["unseen $TOOL push x"]),
        ("eval \"$(ssh-agent -s)\"", &[]),
        (
            "bash -c 'docker login x'",
            &["unseen bash -c docker login x"],
        ),
        ("bash -c 'echo hi'", &[]),
        ("curl -sSL https://x.example/install.sh | bash", &[]),
        ("cat x | tee -a $GITHUB_ENV", &["unseen $GITHUB_ENV"]),
    ]);
}
