//! Endpoints, subnets, routes and security groups.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc_endpoint>

use super::super::shape::{Field, Shape};
use super::{Id, Parts, Row};

/// The arguments of `aws_route`; a `route` block calls the first three otherwise.
pub(in super::super) const ROUTE: &[Field] = &[
    Field::to("cidr_block", "DestinationCidrBlock"),
    Field::to("ipv6_cidr_block", "DestinationIpv6CidrBlock"),
    Field::to("destination_ipv6_cidr_block", "DestinationIpv6CidrBlock"),
    Field::to("egress_only_gateway_id", "EgressOnlyInternetGatewayId"),
];

pub(super) const ROWS: &[Row] = &[
    Row::numbered("aws_vpc_endpoint", "AWS::EC2::VPCEndpoint").with(&[
        Field::to("policy", "PolicyDocument"),
        Field::to("vpc_endpoint_type", "VpcEndpointType").or_text("Gateway"),
        Field::to("private_dns_enabled", "PrivateDnsEnabled").or_bool(false),
        Field::shaped("dns_options", "DnsOptions", Shape::Block(&[])),
    ]),
    Row::nameless("aws_vpc_endpoint_policy", "aws_vpc_endpoint_policy"),
    Row::nameless(
        "aws_vpc_endpoint_route_table_association",
        "aws_vpc_endpoint_route_table_association",
    ),
    Row::nameless(
        "aws_vpc_endpoint_subnet_association",
        "aws_vpc_endpoint_subnet_association",
    ),
    Row::nameless(
        "aws_vpc_endpoint_security_group_association",
        "aws_vpc_endpoint_security_group_association",
    ),
    Row::nameless(
        "aws_vpc_endpoint_private_dns",
        "aws_vpc_endpoint_private_dns",
    ),
    Row::nameless("aws_route53_zone", "AWS::Route53::HostedZone"),
    Row::numbered("aws_vpc", "AWS::EC2::VPC"),
    Row::numbered("aws_subnet", "AWS::EC2::Subnet"),
    Row::numbered("aws_route_table", "AWS::EC2::RouteTable").parts(Parts::Routes),
    Row::nameless("aws_default_route_table", "aws_default_route_table")
        .id(Id::Argument("default_route_table_id"))
        .parts(Parts::Routes),
    Row::nameless("aws_route", "AWS::EC2::Route").with(ROUTE),
    Row::nameless(
        "aws_route_table_association",
        "AWS::EC2::SubnetRouteTableAssociation",
    ),
    Row::nameless(
        "aws_main_route_table_association",
        "aws_main_route_table_association",
    ),
    Row::numbered("aws_internet_gateway", "AWS::EC2::InternetGateway"),
    Row::numbered(
        "aws_egress_only_internet_gateway",
        "AWS::EC2::EgressOnlyInternetGateway",
    ),
    Row::numbered("aws_nat_gateway", "AWS::EC2::NatGateway"),
    Row::numbered("aws_vpn_gateway", "AWS::EC2::VPNGateway"),
    Row::numbered("aws_ec2_transit_gateway", "AWS::EC2::TransitGateway"),
    Row::numbered("aws_ec2_carrier_gateway", "AWS::EC2::CarrierGateway"),
    Row::numbered(
        "aws_vpc_peering_connection",
        "AWS::EC2::VPCPeeringConnection",
    ),
    Row::numbered("aws_security_group", "AWS::EC2::SecurityGroup")
        .with(&[
            Field::to("name", "GroupName"),
            Field::to("description", "GroupDescription"),
            Field::dropped("ingress"),
            Field::dropped("egress"),
        ])
        .parts(Parts::Ingress),
    Row::nameless("aws_security_group_rule", "AWS::EC2::SecurityGroupIngress").parts(Parts::Rule),
    Row::nameless(
        "aws_vpc_security_group_ingress_rule",
        "AWS::EC2::SecurityGroupIngress",
    )
    .parts(Parts::Rule),
];
